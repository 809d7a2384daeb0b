import type { TensorInfo } from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';
import { heap, publishedKernel, wasmKernel } from './kernel.ts';
import type { WasmKernel } from './kernel.ts';
import { loopsOf } from './simd-loops.ts';

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
const ROWS: Readonly<Record<'Add' | 'Sub' | 'Multiply' | 'RealDiv', Row>> = {
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

const COMMUTES: ReadonlySet<string> = new Set(['Add', 'Multiply']);

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
export function broadcast(name: keyof typeof ROWS): WasmKernel {
  const published = publishedKernel(name)!;
  const row = ROWS[name]!;
  return wasmKernel<{ a: TensorInfo; b: TensorInfo }, object>(name, (call) => {
    const { a, b } = call.inputs;
    const backend = call.backend;
    if (a.dtype !== 'float32' || b.dtype !== 'float32' || a.shape.join() === b.shape.join())
      return published(call as unknown as Parameters<typeof published>[0]);
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const result = backend.makeOutput(shape, 'float32');
    const [out, left, right] = [heap(backend, result), heap(backend, a), heap(backend, b)];
    const axes = axesOf(shape, a.shape, b.shape);
    const inner = axes.at(-1)!;
    const loop = loopsOf(backend)[name];
    const firstRows = axes.length - 2;
    /** Whether rows of one operand meet one and the same row of the other, four values at a time. */
    const meets = (many: 'a' | 'b', one: 'a' | 'b'): boolean => {
      const rows = axes[firstRows];
      return (
        rows?.[one] === 0 && rows[many] === inner.size && inner.a + inner.b === 2 && inner.size % 4 === 0
      );
    };
    const order = meets('a', 'b') ? 'given' : COMMUTES.has(name) && meets('b', 'a') ? 'turned' : undefined;
    let at = 0;
    const fill = (depth: number, aStart: number, bStart: number): void => {
      if (depth === firstRows && order) {
        const rows = axes[depth]!.size;
        const [from, by] = [left.byteOffset + 4 * aStart, right.byteOffset + 4 * bStart];
        const [many, one] = order === 'given' ? [from, by] : [by, from];
        loop(many, one, out.byteOffset + 4 * at, inner.size, rows);
        at += rows * inner.size;
        return;
      }
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

/** Of the kernels that are registered when this is called. */
export const broadcasts = (): WasmKernel[] =>
  Object.keys(ROWS).map((name) => broadcast(name as keyof typeof ROWS));
