import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { reluGradient } from '../backend/rectify.ts';
import { tf } from '../backend/tf.ts';
import type { ReceptiveFieldCrop, Window } from './receptive-field-crop.ts';
import type { GraphLayer } from './graph.ts';
import type { BackRun, LayerTensors, Shape } from './layers/layer-type.ts';
import { throughActivation } from './layers/rules.ts';
import { backwardPass } from './backward-pass.ts';

/**
 * What the backward pass by `deconvnet` needs to know of an image's pass through a network: for most, the switches of the max
 * poolings, a few bits each. Small enough to be kept for many images, where a trace's maps are not.
 */
export class PoolingSwitches {
  readonly #parts = new Map<string, { readonly packed: Packed; readonly shape: Shape }>();
  #last = -1;

  get bytes(): number {
    return [...this.#parts.values()].reduce((sum, { packed }) => sum + packed.bytes.length, 0);
  }

  /** For each layer of a pass, in order. @param input float32 [1, height, width, channels], of those that leave something */
  pass({ index, node, layer: { outputShape, back } }: GraphLayer, input: () => Float32Array): void {
    this.#last = index;
    const recording = back?.switches;
    if (!recording) return;
    const packed = pack(recording.take(input()), bitsFor(recording.taps));
    this.#parts.set(node.name, { packed, shape: outputShape });
  }

  /** True where the pass went up to a layer, or further. */
  reaches(layer: number): boolean {
    return layer <= this.#last;
  }

  /** What was left for a window of a layer's output: [height, width, channels]. */
  read(layer: string, window: Window | undefined): Uint8Array {
    const { packed, shape } = this.#parts.get(layer)!;
    const [height, width, channels] = shape as [number, number, number];
    const { x, y, width: wide, height: tall } = window ?? { x: 0, y: 0, width, height };
    const part = new Uint8Array(tall * wide * channels);
    for (let row = 0; row < tall; row++) {
      const from = ((y + row) * width + x) * channels;
      unpack(packed, from, part.subarray(row * wide * channels, (row + 1) * wide * channels));
    }
    return part;
  }
}

/** Bytes of the switches of some layers; undefined where the backward pass through one of them by `deconvnet` needs more. */
export function switchesSize(layers: readonly GraphLayer[]): number | undefined {
  // A graphics card would be waited for.
  if (tf.getBackend() === 'webgpu') return undefined;
  const enough = layers.every(({ inputs, layer: { back } }) => {
    if (inputs.length === 0 || back?.switches) return true;
    const reads = back?.reads(['deconvnet']);
    return reads !== undefined && !reads.inputs && !reads.output;
  });
  if (!enough) return undefined;
  const leaving = layers.filter(({ layer }) => layer.back?.switches);
  return leaving.reduce((sum, { layer: { outputShape, back } }) => {
    const values = outputShape.reduce((all, n) => all * n, 1);
    return sum + Math.ceil((values * bitsFor(back!.switches!.taps)) / 8);
  }, 0);
}

/** @param signal float32, of the shape of the crop's window with a batch of 1; stays the caller's */
export function backwardFromSwitches(
  switches: PoolingSwitches,
  crop: ReceptiveFieldCrop,
  signal: Tensor,
  weightsOf: (layer: GraphLayer) => LayerTensors,
  turned: BackRun['turned'],
): Tensor4D {
  const run: BackRun = {
    tf,
    rule: 'deconvnet',
    through: (activation, arrived) =>
      throughActivation(tf, reluGradient, activation, 'deconvnet', arrived, undefined, () => arrived),
    turned,
  };
  const [back] = backwardPass(crop.layers, signal, [0], (one, arrived, inputShapes) => {
    const { node, layer, window } = one;
    const passed = { signal: arrived, inputShapes, inputs: [], output: undefined };
    const { switches: recording } = layer.back!;
    if (!recording) return layer.back!.signals(run, passed, weightsOf(one));
    return [recording.signal(run, passed, switches.read(node.name, window))];
  });
  return back as Tensor4D;
}

/** Small numbers, several to a byte where they fit. */
interface Packed {
  readonly bytes: Uint8Array;
  readonly bits: 2 | 4 | 8;
}

const bitsFor = (count: number): Packed['bits'] => (count <= 4 ? 2 : count <= 16 ? 4 : 8);

function pack(values: Uint8Array, bits: Packed['bits']): Packed {
  const [shift, mask] = layoutOf(bits);
  const bytes = new Uint8Array(Math.ceil((values.length * bits) / 8));
  for (let i = 0; i < values.length; i++) bytes[i >> shift]! |= values[i]! << ((i & mask) * bits);
  return { bytes, bits };
}

function unpack({ bytes, bits }: Packed, from: number, into: Uint8Array): void {
  const [shift, mask] = layoutOf(bits);
  const least = 2 ** bits - 1;
  for (let i = 0; i < into.length; i++) {
    const at = from + i;
    into[i] = (bytes[at >> shift]! >> ((at & mask) * bits)) & least;
  }
}

/** Place of a number as shifts and masks of its index: they are many. */
const layoutOf = (bits: Packed['bits']): readonly [shift: number, mask: number] => [
  3 - Math.log2(bits),
  8 / bits - 1,
];
