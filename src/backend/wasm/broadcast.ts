import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js';
import { tf } from '../tf.ts';
import { heap, publishedKernel, wasmKernel } from './kernel.ts';
import type { WasmKernel } from './kernel.ts';

/**
 * One row of a result: `count` values from `at`; an operand's values begin at its start and lie `step` (0 or 1) apart. What is computed in double
 * precision and stored in single has the bits of the operation in single precision (Figueroa 1995, for + - * and /).
 */
type Row = (
  out: Float32Array,
  at: number,
  count: number,
  a: Float32Array,
  aStart: number,
  aStep: number,
  b: Float32Array,
  bStart: number,
  bStep: number,
) => void;

/** A loop each: one that called a function for every value would be many times slower. */
const ROWS: Readonly<Record<string, Row>> = {
  Add(out, at, count, a, aStart, aStep, b, bStart, bStep) {
    for (let i = 0; i < count; i++) out[at + i] = a[aStart + i * aStep]! + b[bStart + i * bStep]!;
  },
  Sub(out, at, count, a, aStart, aStep, b, bStart, bStep) {
    for (let i = 0; i < count; i++) out[at + i] = a[aStart + i * aStep]! - b[bStart + i * bStep]!;
  },
  Multiply(out, at, count, a, aStart, aStep, b, bStart, bStep) {
    for (let i = 0; i < count; i++) out[at + i] = a[aStart + i * aStep]! * b[bStart + i * bStep]!;
  },
  RealDiv(out, at, count, a, aStart, aStep, b, bStart, bStep) {
    for (let i = 0; i < count; i++) out[at + i] = a[aStart + i * aStep]! / b[bStart + i * bStep]!;
  },
};

/** An axis of the result, and how far apart neighbours along it lie in each operand: 0 where it is spread. */
interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
}

/** The axes of the result, outer ones first; neighbouring ones that both operands run through alike are one. */
function axesOf(shape: readonly number[], a: readonly number[], b: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  let [aStride, bStride] = [1, 1];
  for (let back = 1; back <= shape.length; back++) {
    const size = shape[shape.length - back]!;
    const [own, other] = [a[a.length - back] ?? 1, b[b.length - back] ?? 1];
    const axis = { size, a: own === 1 ? 0 : aStride, b: other === 1 ? 0 : bStride };
    const inner = axes[0];
    if (size === 1) continue;
    if (inner && axis.a === inner.a * inner.size && axis.b === inner.b * inner.size)
      axes[0] = { ...inner, size: inner.size * size };
    else axes.unshift(axis);
    aStride *= own;
    bStride *= other;
  }
  return axes.length > 0 ? axes : [{ size: 1, a: 0, b: 0 }];
}

/**
 * As published, operands of different shapes are matched by computing the position of every single value, which takes twenty times as long as the
 * product itself. Here rows are.
 */
export function broadcast(name: keyof typeof ROWS & string): WasmKernel {
  const published = publishedKernel(name)!;
  const row = ROWS[name]!;
  return wasmKernel<{ a: TensorInfo; b: TensorInfo }, object>(name, (call) => {
    const { a, b } = call.inputs;
    const backend = call.backend;
    if (a.dtype !== 'float32' || b.dtype !== 'float32' || a.shape.join() === b.shape.join())
      return published(call as unknown as Parameters<typeof published>[0]);
    if (name === 'Multiply' && isPerChannel(a, b)) return perChannel(backend, a, b);
    if (name === 'Add' && isPerChannel(a, b) && isVector(backend, b))
      return perChannel(backend, a, onesLike(backend, b), b);
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const result = backend.makeOutput(shape, 'float32');
    const [out, left, right] = [heap(backend, result), heap(backend, a), heap(backend, b)];
    const axes = axesOf(shape, a.shape, b.shape);
    const inner = axes.at(-1)!;
    let at = 0;
    const fill = (depth: number, aStart: number, bStart: number): void => {
      if (depth === axes.length - 1) {
        row(out, at, inner.size, left, aStart, inner.a, right, bStart, inner.b);
        at += inner.size;
        return;
      }
      const { size, a: aStride, b: bStride } = axes[depth]!;
      for (let i = 0; i < size; i++) fill(depth + 1, aStart + i * aStride, bStart + i * bStride);
    };
    if (out.length > 0) fill(0, 0, 0);
    return result;
  });
}

const sizeOf = ({ shape }: TensorInfo): number => shape.reduce((a, b) => a * b, 1);

/** Values from which it pays to wake the other threads: half a millisecond's work for one. */
const MANY = 2 ** 18;

/** Maps and one number for each of their channels. */
function isPerChannel(maps: TensorInfo, numbers: TensorInfo): boolean {
  const channels = maps.shape.at(-1)!;
  const size = sizeOf(numbers);
  return (
    sizeOf(maps) >= MANY &&
    maps.shape.length === 4 &&
    size === channels &&
    numbers.shape.at(-1) === channels &&
    size > 1
  );
}

/** Whether its values were stored as a vector: the kernel looks there for the shape of a bias. */
const isVector = (backend: BackendWasm, { dataId }: TensorInfo): boolean =>
  backend.dataIdMap.get(dataId).shape.length === 1;

/** Maps times a factor for each channel, plus a summand: a depthwise convolution of 1x1, which uses all threads and wide registers. */
function perChannel(
  backend: BackendWasm,
  maps: TensorInfo,
  factors: TensorInfo,
  summands?: TensorInfo,
): TensorInfo {
  const channels = maps.shape[3]!;
  const filter = { ...factors, shape: [1, 1, channels, 1] };
  const attrs = {
    strides: [1, 1],
    pad: 'valid',
    dataFormat: 'NHWC',
    dilations: [1, 1],
    activation: 'linear',
  };
  const name = summands ? 'FusedDepthwiseConv2D' : 'DepthwiseConv2dNative';
  const bias = summands && { bias: { ...summands, shape: [channels] } };
  return publishedKernel(name)!({
    inputs: { x: maps, filter, ...bias },
    attrs: attrs as unknown as NamedAttrMap,
    backend,
  }) as TensorInfo;
}

/** Of each backend, by how many. */
const known = new WeakMap<BackendWasm, Map<number, TensorInfo>>();

function onesLike(backend: BackendWasm, { shape }: TensorInfo): TensorInfo {
  const count = shape.at(-1)!;
  const kept = known.get(backend) ?? new Map<number, TensorInfo>();
  known.set(backend, kept);
  const made = kept.get(count) ?? backend.makeOutput([count], 'float32');
  if (!kept.has(count)) heap(backend, made).fill(1);
  kept.set(count, made);
  return made;
}

/** Of the kernels that are registered when this is called. */
export const broadcasts = (): WasmKernel[] => Object.keys(ROWS).map((name) => broadcast(name));
