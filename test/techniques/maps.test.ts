import { describe, expect, it } from 'vitest';
import { channelRanges } from '../../src/techniques/channel-ranges.ts';
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

describe('channelRanges', () => {
  const [height, width, channels] = [7, 9, 5];
  /** Each channel has odd values of its own: none, NaN, infinities, nothing else. */
  const data = Float32Array.from({ length: height * width * channels }, (_, at) => {
    const [place, channel] = [Math.floor(at / channels), at % channels];
    if (channel === 1 && place === 30) return NaN;
    if (channel === 2 && place % 11 === 3) return place % 2 === 0 ? Infinity : -Infinity;
    if (channel === 3) return NaN;
    return channel === 4 ? 0 : Math.sin(at * 7.3) * 10;
  });
  const inside = { top: 2, bottom: 5, left: 1, right: 8 };

  it('is of each channel what `measure` is of its values alone', () => {
    const ranges = channelRanges(data, [height, width, channels], inside);
    for (const [channel, plane] of planesOf(data, channels).entries()) {
      const { range, flags } = measure(plane);
      expect([ranges.low[channel], ranges.high[channel]]).toEqual(range);
      expect(ranges.odd[channel]).toBe(flags!.includes('nan') ? 1 : 0);
      const finite = [...plane].filter((value, place) => {
        const [y, x] = [Math.floor(place / width), place % width];
        return Number.isFinite(value) && y >= 2 && y < 5 && x >= 1 && x < 8;
      });
      expect(ranges.inner[channel]).toBe(Math.max(...finite));
    }
  });

  it('has no inner maximum where no place is inside', () => {
    expect([...channelRanges(data, [height, width, channels]).inner]).toEqual(
      Array(channels).fill(-Infinity),
    );
  });
});
