import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../../backend/tf.ts';
import { around, cropFinder, isWithin } from '../../model/receptive-field-crop.ts';
import type { ReceptiveFieldCrop, Window } from '../../model/receptive-field-crop.ts';
import type { PoolingSwitches } from '../../model/pooling-switches.ts';
import type { BackwardRule, ImagePixels, Model, Trace } from '../../model/model.ts';
import { mapShape } from '../maps.ts';
import type { Box } from '../technique.ts';
import type { Projection } from './payload.ts';

/** A unit whose activation is projected to the pixels, and what to call with the result. */
export interface ProjectedUnit {
  readonly filter: number;
  /** y·width + x in the layer's map. */
  readonly place: number;
  readonly activation: number;
  readonly take: (projected: Projected) => void;
}

/** What came back to the input. */
export interface Projected {
  /** Where in the input; everywhere else it is zero. */
  readonly region: Box;
  /** float32 [region.height, region.width, channels of the input] */
  readonly values: Float32Array;
  /** The signal itself, where `values` are its products with the input; else the same. */
  readonly signal: Float32Array;
}

/** Pieces of images go through the network together, up to about one image's pixels. */
const BATCH_PIXELS = 256 * 256;
const BATCH_CROPS = 64;

interface PendingCrop {
  /** float32 [1, height, width, channels]: the crop's */
  readonly input: Tensor4D;
  readonly crop: ReceptiveFieldCrop;
  readonly unit: ProjectedUnit;
}

/**
 * Sends single activations of one layer back to the pixels, all others set to zero: the signal is the activation. Only what the
 * unit is made of is computed: units have a pass of their own, many at a time, or share the way there with others of their
 * image, whichever is less work.
 */
export class Projector {
  readonly #waiting = new Map<string, PendingCrop[]>();
  readonly #rule: BackwardRule;
  readonly #timesInput: boolean;
  readonly #cropOf: (window?: Window) => ReceptiveFieldCrop;

  constructor(
    private readonly model: Model,
    private readonly layer: number,
    projection: Exclude<Projection, 'none'>,
  ) {
    this.#timesInput = projection === 'gradient-x-input';
    this.#rule = projection === 'gradient-x-input' ? 'gradient' : projection;
    this.#cropOf = cropFinder(model.network, layer);
  }

  /**
   * Projects units of one image. Some results come later, at the latest with `finish`.
   *
   * @param switches of the image, for `deconvnet`: nothing else is needed of it then
   */
  async add(
    pixels: ImagePixels,
    units: readonly ProjectedUnit[],
    switches: PoolingSwitches | undefined,
  ): Promise<void> {
    if (units.length === 0) return;
    const windows = units.map(({ place }) => this.#windowOf(place));
    const crops = windows.map((window) => this.#cropOf(window));
    if (switches) {
      for (const [i, crop] of crops.entries()) await this.#sendFromSwitches(switches, crop, units[i]!);
      return;
    }
    const common = this.#cropOf(windows[0] && around(windows as Window[]));
    const input = this.model.input(pixels);
    try {
      // With a crop each, units go there and back once; with one for all, there once and back for each.
      const back = crops.reduce((sum, { work }) => sum + work, 0);
      const shares = common.work < back && crops.every((crop) => isWithin(crop, common));
      if (shares) {
        const pending = units.map((unit, i) => ({ input, crop: crops[i]!, unit }));
        await this.#sendTogether(input, common, pending);
      } else {
        for (const [i, crop] of crops.entries()) {
          await this.#wait({ input: cut(input, crop.input), crop, unit: units[i]! });
        }
      }
    } finally {
      input.dispose();
    }
  }

  /** Undefined in a vector: its units have no place. */
  #windowOf(place: number): Window | undefined {
    const info = this.model.layers[this.layer]!;
    if (info.outputShape.length !== 3) return undefined;
    const [, columns] = mapShape(info);
    return { x: place % columns, y: Math.floor(place / columns), width: 1, height: 1 };
  }

  /** Does what is left over. */
  async finish(): Promise<void> {
    for (const key of [...this.#waiting.keys()]) await this.#flush(key);
  }

  /** Disposes of crops that are not going to be projected. */
  dispose(): void {
    for (const pending of this.#waiting.values()) for (const { input } of pending) input.dispose();
    this.#waiting.clear();
  }

  async #wait(piece: PendingCrop): Promise<void> {
    const { shape, input } = piece.crop;
    const pending = this.#waiting.get(shape) ?? [];
    pending.push(piece);
    this.#waiting.set(shape, pending);
    const pixels = input.width * input.height;
    if (pending.length >= Math.min(BATCH_CROPS, Math.max(1, Math.floor(BATCH_PIXELS / pixels)))) {
      await this.#flush(shape);
    }
  }

  /** Pieces that are computed alike, as a batch: one pass there and one back. */
  async #flush(shape: string): Promise<void> {
    const pending = this.#waiting.get(shape)!;
    this.#waiting.delete(shape);
    const inputs = pending.map(({ input }) => input);
    const input = inputs.length === 1 ? inputs[0]!.clone() : tf.concat(inputs, 0);
    tf.dispose(inputs);
    try {
      const [{ crop }] = pending as [PendingCrop];
      const trace = this.model.trace(input, this.layer, { rules: [this.#rule], crop });
      await this.#sendBack(trace, input, pending, false);
    } finally {
      input.dispose();
    }
  }

  /** Units of one image: one pass there, and one back for each. */
  async #sendTogether(
    whole: Tensor4D,
    crop: ReceptiveFieldCrop,
    pending: readonly PendingCrop[],
  ): Promise<void> {
    const input = cut(whole, crop.input);
    const trace = this.model.trace(input, this.layer, { rules: [this.#rule], crop });
    input.dispose();
    try {
      for (const [position, piece] of pending.entries()) {
        const shown = cut(whole, piece.crop.input);
        await this.#sendBack(trace, shown, [piece], position < pending.length - 1).finally(() =>
          shown.dispose(),
        );
      }
    } finally {
      trace.dispose();
    }
  }

  async #sendFromSwitches(
    switches: PoolingSwitches,
    crop: ReceptiveFieldCrop,
    unit: ProjectedUnit,
  ): Promise<void> {
    const { outputShape } = this.model.layers[this.layer]!;
    const signal = signalOf(outputShape.at(-1)!, outputShape.length + 1, [unit]);
    const back = this.model.backwardFromSwitches(switches, signal, crop);
    signal.dispose();
    const values = ((await back.data()) as Float32Array).slice();
    back.dispose();
    unit.take({ region: crop.input, values, signal: values });
  }

  /** @param pending one for each sample of the trace */
  async #sendBack(
    trace: Trace,
    input: Tensor4D,
    pending: readonly PendingCrop[],
    keep: boolean,
  ): Promise<void> {
    const [{ crop }] = pending as [PendingCrop];
    const signal = signalOf(
      trace.output.shape.at(-1)!,
      trace.output.shape.length,
      pending.map(({ unit }) => unit),
    );
    let back: Tensor4D | undefined;
    try {
      back = trace.backward(signal, { rule: this.#rule, keep, crop });
    } finally {
      signal.dispose();
      if (!keep) trace.dispose();
    }
    // Where the backend hands out a view of its own memory, it is gone with the tensor.
    const arrived = ((await back.data()) as Float32Array).slice();
    back.dispose();
    const shown = this.#timesInput ? ((await input.data()) as Float32Array) : undefined;
    const length = arrived.length / pending.length;
    for (const [sample, { crop, unit }] of pending.entries()) {
      const part = arrived.subarray(sample * length, (sample + 1) * length);
      const values = shown ? part.map((value, i) => value * shown[sample * length + i]!) : part;
      unit.take({ region: crop.input, values, signal: part });
    }
  }
}

/** A copy of a piece of float32 [1, height, width, channels]. */
function cut(input: Tensor4D, { x, y, width, height }: Window): Tensor4D {
  return tf.slice(input, [0, y, x, 0], [1, height, width, input.shape[3]]);
}

/** Each sample's activation in its channel: float32 [batch, 1, 1, channels] or [batch, units]. */
function signalOf(channels: number, rank: number, units: readonly ProjectedUnit[]): Tensor {
  const signal = new Float32Array(units.length * channels);
  for (const [sample, { filter, activation }] of units.entries()) {
    signal[sample * channels + filter] = activation;
  }
  return tf.tensor(signal, rank === 4 ? [units.length, 1, 1, channels] : [units.length, channels]);
}
