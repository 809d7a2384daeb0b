import { describe, expect, it } from 'vitest';
import { measure, planesOf } from '../../src/techniques/maps.ts';

describe('planesOf', () => {
  it.each([
    [1, 1],
    [64, 16],
    [65, 17],
    [130, 3],
    [7, 50],
  ])('takes %d places of %d channels apart', (places, depth) => {
    const interleaved = Float32Array.from({ length: places * depth }, (_, at) => at);
    const planes = planesOf(interleaved, depth);
    expect(planes).toHaveLength(depth);
    for (const [channel, plane] of planes.entries())
      expect([...plane]).toEqual(Array.from({ length: places }, (_, place) => place * depth + channel));
  });
});

describe('measure', () => {
  it.each([
    [[1, -2, 3], { range: [-2, 3], flags: [] }],
    [[0, 0], { range: [0, 0], flags: ['silent'] }],
    [[NaN, 1, Infinity], { range: [1, 1], flags: ['nan'] }],
    [[NaN], { range: [NaN, NaN], flags: ['nan'] }],
  ])('of %j', (values, found) => expect(measure(Float32Array.from(values))).toEqual(found));
});
