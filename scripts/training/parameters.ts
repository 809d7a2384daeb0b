import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from '../../src/backend/tf.ts';
import { randomFrom, truncatedNormal } from '../../src/random.ts';

/** Numbers that training changes, or that go with them: float32, row-major. */
export interface Parameter {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** By name: `conv2/kernel`, `conv2/gamma`, … */
export type Parameters = ReadonlyMap<string, Parameter>;

export type ParameterTensors = Readonly<Record<string, Tensor>>;

export function constant(shape: readonly number[], value: number): Parameter {
  return { shape, data: new Float32Array(size(shape)).fill(value) };
}

/** He et al. 2015: normal, cut off at two deviations, with variance 2 / fanIn. Each name has a stream of its own. */
export function heNormal(name: string, shape: readonly number[], fanIn: number, seed: number): Parameter {
  const random = randomFrom(`${seed}:${name}`);
  // 0.8796 is the deviation of a standard normal cut off at ±2.
  const scale = Math.sqrt(2 / fanIn) / 0.87962566103423978;
  return {
    shape,
    data: Float32Array.from({ length: size(shape) }, () => scale * truncatedNormal(random, 2)),
  };
}

/** The caller disposes. */
export function upload(parameters: Parameters): Record<string, Tensor> {
  return Object.fromEntries(
    [...parameters].map(([name, { shape, data }]) => [name, tf.tensor(data.slice(), [...shape], 'float32')]),
  );
}

const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
