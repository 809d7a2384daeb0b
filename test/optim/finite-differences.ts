import { randomFrom } from '../../src/random.ts';

export const noise = (length: number, text: string, from = -1, to = 1): Float32Array => {
  const random = randomFrom(text);
  return Float32Array.from({ length }, () => from + (to - from) * random());
};

export const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/**
 * Slope of `of` at `x` along `direction` by central differences, and what a gradient says it is. Their difference counts
 * against the length of the gradient times that of the direction.
 */
export async function slopeError(
  of: (x: Float32Array) => Promise<number> | number,
  x: Float32Array,
  gradient: Float32Array,
  direction: Float32Array,
  step = 1e-2,
): Promise<number> {
  const moved = (by: number): Float32Array => x.map((value, i) => value + by * direction[i]!);
  const slope = ((await of(moved(step))) - (await of(moved(-step)))) / (2 * step);
  return (
    Math.abs(slope - dot(gradient, direction)) /
    Math.sqrt(dot(gradient, gradient) * dot(direction, direction))
  );
}
