import { describe, expect, it } from 'vitest';
import { fadeToZero, layOver } from '../../src/image/overlay.ts';
import { spread, stretched } from '../../src/model/placing.ts';

const map = (height: number, width: number, ...data: number[]) => ({
  height,
  width,
  data: Float32Array.from(data),
});
const rounded = ({ data }: { data: Float32Array }): number[] =>
  [...data].map((value) => Math.round(value * 1000) / 1000);

describe('spread', () => {
  // As TensorFlow's resize_bilinear with half_pixel_centers: tf.image.resize([[0, 4]], [1, 4]) is [0, 1, 3, 4].
  it('stretches with half pixel centres', () => {
    const line = map(1, 2, 0, 4);
    expect(rounded(spread(line, { height: 1, width: 4 }, stretched(line, { height: 1, width: 4 })))).toEqual([
      0, 1, 3, 4,
    ]);
  });

  it('puts values where they are said to stand, the outermost going on to the border', () => {
    const corner = map(2, 2, 1, 2, 3, 4);
    const placing = { first: [1, 1], step: [2, 2] } as const;
    expect(rounded(spread(corner, { height: 5, width: 5 }, placing))).toEqual([
      ...[1, 1, 1.5, 2, 2],
      ...[1, 1, 1.5, 2, 2],
      ...[2, 2, 2.5, 3, 3],
      ...[3, 3, 3.5, 4, 4],
      ...[3, 3, 3.5, 4, 4],
    ]);
  });

  it('keeps NaN to the places that touch it', () => {
    const line = map(1, 3, 0, NaN, 2);
    const wide = spread(line, { height: 1, width: 3 }, { first: [0, 0], step: [1, 1] });
    expect([...wide.data]).toEqual([0, NaN, 2]);
  });
});

describe('layOver', () => {
  const image = (...rgb: number[]) => ({
    height: 1,
    width: rgb.length / 3,
    rgb: Uint8Array.from(rgb),
  });

  it('mixes by one opacity, or by one for each pixel', () => {
    const under = image(0, 100, 200, 10, 10, 10);
    const over = image(100, 100, 0, 20, 30, 40);
    expect([...layOver(under, over, 0.5).rgb]).toEqual([50, 100, 100, 15, 20, 25]);
    expect([...layOver(under, over, Float32Array.of(0, 1)).rgb]).toEqual([0, 100, 200, 20, 30, 40]);
  });

  it('fades by the distance from zero', () => {
    const faded = fadeToZero(map(1, 5, 0, 2, -4, 8, NaN), [-2, 4], 0.5);
    expect([...faded]).toEqual([0, 0.25, 0.5, 0.5, 0.5]);
    expect([...fadeToZero(map(1, 1, 0), [0, 0], 0.5)]).toEqual([0]);
  });
});
