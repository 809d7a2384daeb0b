import { inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { colormap } from '../../src/image/colormap.ts';
import { downscale } from '../../src/image/downscale.ts';
import { writePng } from '../../src/image/png.ts';
import { gridOfSteps, indexSteps } from '../../src/pipeline/render/draw-steps.ts';
import { packSteps } from '../../src/pipeline/results/pack-steps.ts';
import { QUANTIZED, quantizeChannels } from '../../src/pipeline/results/quantize.ts';
import type { StoredPanel } from '../../src/pipeline/results/stored-job.ts';
import { randomFrom } from '../../src/random.ts';
import { simdKernels, withoutSimd } from '../../src/simd/kernels.ts';
import { channelRanges } from '../../src/techniques/channel-ranges.ts';

/** What vectors make has the bits of what loops in JavaScript make. */

type Shape = readonly [height: number, width: number, channels: number];
const bits = (numbers: ArrayBufferView): Buffer =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** Half of the numbers are 0 or -0, some tiny or huge. @param odd are written over some of them */
function numbers([height, width, channels]: Shape, odd: readonly number[] = []): Float32Array {
  const random = randomFrom(`${height} ${width} ${channels}`);
  const data = Float32Array.from({ length: height * width * channels }, () => {
    const value = random() * 6 - 3;
    if (random() < 0.5) return value > 0 ? 0 : -0;
    return random() < 0.02 ? value * 10 ** Math.floor(random() * 70 - 38) : value;
  });
  for (const value of odd) data[Math.floor(random() * data.length)] = value;
  return data;
}

const shapes: readonly Shape[] = [
  [8, 8, 4],
  [7, 9, 5],
  [30, 22, 16],
  [14, 14, 49],
  [64, 64, 64],
  [3, 5, 100],
  [1, 1, 4096],
  [2, 2, 8192],
  [2, 2, 8193],
  [300, 260, 6],
  [1, 40_000, 4],
  [2, 2, 1],
  [6, 4, 3],
];
const oddities = [[], [NaN], [Infinity, NaN], [-Infinity]] as const;
const cases = shapes.flatMap((shape) => oddities.map((odd) => [shape, odd] as const));

it('has vectors here', () => {
  expect(simdKernels()).toBeDefined();
});

it.each(cases)('ranges: %j with %j', async (shape, odd) => {
  const data = numbers(shape, odd);
  const [height, width] = shape;
  const some = { top: 1, bottom: height - 1, left: Math.min(2, width), right: width - 1 };
  for (const inside of [undefined, some]) {
    const { low, high, inner, odd } = channelRanges(data, shape, inside);
    const expected = await withoutSimd(() => channelRanges(data, shape, inside));
    expect(bits(low)).toEqual(bits(expected.low));
    expect(bits(high)).toEqual(bits(expected.high));
    expect(bits(inner)).toEqual(bits(expected.inner));
    expect(odd).toEqual(expected.odd);
  }
});

it.each(cases.filter(([[height, width]]) => height > 1 && height % 2 === 0 && width % 2 === 0))(
  'halves: %j with %j',
  async ([height, width, channels], odd) => {
    const maps = { height, width, channels, data: numbers([height, width, channels], odd) };
    const side = Math.max(height, width) / 2;
    const { data, ...size } = downscale(maps, side);
    const { data: expected } = await withoutSimd(() => downscale(maps, side));
    expect(size).toEqual({ height: height / 2, width: width / 2, channels });
    expect(bits(data).equals(bits(expected))).toBe(true);
  },
);

it.each(cases)('steps: %j with %j', async (shape, odd) => {
  const data = numbers(shape, odd);
  const [height, width, channels] = shape;
  const places = height * width;
  const { low, high } = channelRanges(data, shape);
  const scales = Array.from(low, (least, channel): [number, number] =>
    Number.isFinite(least) ? [least, high[channel]!] : [0, 0],
  );
  // Every third channel is not wanted; the others lie where they do not touch each other.
  const some = scales.map((_, channel) => (channel % 3 === 2 ? undefined : 3 + channel * (places + 1)));
  const neighbours = scales.map((_, channel) => 5 + channel * places);
  for (const offsets of [some, neighbours]) {
    const take = (): Uint16Array => {
      const into = new Uint16Array(5 + channels * (places + 1)).fill(7);
      quantizeChannels({ data, places, channels }, scales, into, offsets);
      return into;
    };
    expect(bits(take()).equals(bits(await withoutSimd(take)))).toBe(true);
  }
});

const steps = (count: number, zeros: number): Uint16Array => {
  const random = randomFrom(`steps ${count}`);
  return Uint16Array.from({ length: count }, () =>
    random() < zeros ? 0 : Math.floor(random() * (QUANTIZED.steps + 1)),
  );
};

it.each([0, 1, 7, 8, 9, 31, 4096, 65_535, 65_536, 65_537, 200_003])('packs %d steps', async (count) => {
  for (const zeros of [0, 0.1, 0.5, 0.99, 1]) {
    const given = steps(count, zeros);
    given[count - 1] = QUANTIZED.notFinite;
    const packed = await packSteps(given);
    expect(bits(packed).equals(bits(await withoutSimd(() => packSteps(given))))).toBe(true);
  }
});

it.each([
  [128, 128],
  [64, 32],
  [48, 96],
  [40, 36],
  [256, 8],
  [200, 400],
  [16, 16],
  [5, 3],
])('draws steps of %d x %d', async (height, width) => {
  const lut = colormap('viridis');
  for (const [low, high, ...range] of [
    [-1, 3, -1, 3],
    [0, 1e-40, 0, 1e-40],
    [-7, 1e30, -1e29, 2e28],
    [2, 2, 2, 2],
    [-0.5, 1, 0.25, 0.26],
    // Values that are rounded to -0.
    [-1e-45, 1e-41, 0, 1e-41],
  ] as const) {
    const panel = { height, width, channels: 1, scale: [low, high] } as unknown as StoredPanel;
    const given = steps(height * width, 0.4);
    const draw = () => [indexSteps(panel, given, lut, range), gridOfSteps(panel, given)];
    expect(draw()).toEqual(await withoutSimd(draw));
    given[height * width - 1] = QUANTIZED.notFinite;
    expect(draw()).toEqual([undefined, undefined]);
  }
});

it.each([
  [1, 1],
  [5, 3],
  [16, 4],
  [17, 40],
  [640, 700],
  [9, 1],
])('predicts pixels of %d x %d', async (width, height) => {
  const random = randomFrom(`${width} ${height}`);
  for (const samples of [1, 3]) {
    const pixels = Uint8Array.from({ length: width * height * samples }, () => random() * 256);
    // A line like the one above.
    if (height > 3) pixels.copyWithin(3 * width * samples, 2 * width * samples, 3 * width * samples);
    const palette = samples === 1 ? new Uint8Array(768) : undefined;
    const write = () => writePng({ width, height, pixels }, palette);
    const file = await write();
    expect(file.equals(await withoutSimd(write))).toBe(true);
    const data = file.subarray(file.indexOf('IDAT') + 4);
    expect(inflateSync(data)).toHaveLength((width * samples + 1) * height);
  }
});
