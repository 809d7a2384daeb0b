import { describe, expect, it } from 'vitest';
import {
  colorIndex,
  colormap,
  isDiverging,
  NAN_COLOR,
  paintMap,
  paintRgb,
  signedRange,
} from '../../src/image/colormap.ts';
import { colormaps } from '../../src/schema/colormaps.ts';

// matplotlib 3.11.2: [round(v * 255) for v in matplotlib.colormaps[name](i)[:3]] for i in 0, 64, 128, 192, 255
const MATPLOTLIB = {
  viridis: [
    [68, 1, 84],
    [59, 82, 139],
    [33, 145, 140],
    [94, 201, 98],
    [253, 231, 37],
  ],
  magma: [
    [0, 0, 4],
    [81, 18, 124],
    [183, 55, 121],
    [252, 137, 97],
    [252, 253, 191],
  ],
  inferno: [
    [0, 0, 4],
    [87, 16, 110],
    [188, 55, 84],
    [249, 142, 9],
    [252, 255, 164],
  ],
  plasma: [
    [13, 8, 135],
    [126, 3, 168],
    [204, 71, 120],
    [248, 149, 64],
    [240, 249, 33],
  ],
  cividis: [
    [0, 34, 78],
    [67, 78, 108],
    [125, 124, 120],
    [188, 174, 108],
    [254, 232, 56],
  ],
} as const;

const colors = (rgb: Uint8Array) =>
  Array.from({ length: rgb.length / 3 }, (_, index) => [...rgb.subarray(index * 3, index * 3 + 3)]);
const map = (values: readonly number[], width = values.length) => ({
  data: Float32Array.from(values),
  height: values.length / width,
  width,
});

describe('colormap', () => {
  it.each(Object.entries(MATPLOTLIB))('%s has the colours of matplotlib', (name, expected) => {
    const all = colors(colormap(name as keyof typeof MATPLOTLIB));
    // d3 keeps hexadecimal tables of all but cividis, of which it has a polynomial.
    const tolerance = name === 'cividis' ? 14 : 1;
    [0, 64, 128, 192, 255].forEach((index, at) =>
      all[index]!.forEach((part, channel) =>
        expect(Math.abs(part - expected[at]![channel]!)).toBeLessThanOrEqual(tolerance),
      ),
    );
  });

  it('has 256 colours for every name of the schema', () => {
    for (const name of colormaps.names) expect(colormap(name)).toHaveLength(768);
  });

  it('goes from black to white in grey', () => {
    expect(colors(colormap('grey'))).toEqual(
      Array.from({ length: 256 }, (_, index) => [index, index, index]),
    );
  });

  it('goes from blue over near-white to red where signs matter', () => {
    const all = colors(colormap('diverging'));
    const [negative, zero, positive] = [all[8]!, all[128]!, all[247]!];
    expect(negative[2]!).toBeGreaterThan(negative[0]! + 60);
    expect(positive[0]!).toBeGreaterThan(positive[2]! + 60);
    expect(Math.min(...zero)).toBeGreaterThan(230);
    expect(isDiverging('diverging')).toBe(true);
    expect(isDiverging('viridis')).toBe(false);
  });

  it('comes nowhere near the colour of what is not a number', () => {
    for (const name of colormaps.names) {
      for (const color of colors(colormap(name))) {
        const distance = Math.hypot(...color.map((part, channel) => part - NAN_COLOR[channel]!));
        expect(distance).toBeGreaterThan(100);
      }
    }
  });
});

describe('paintMap', () => {
  const grey = colormap('grey');
  const shades = (values: readonly number[], range: readonly [number, number]) =>
    colors(paintMap(map(values), grey, range).rgb).map(([red]) => red);

  it('splits the range into 256 equal steps, as matplotlib does', () => {
    expect(shades([0, 0.5 / 256, 1 / 256, 0.5, 255 / 256, 1], [0, 1])).toEqual([0, 0, 1, 128, 255, 255]);
    expect(shades([-2, -1, 0, 1, 2], [-2, 2])).toEqual([0, 64, 128, 192, 255]);
  });

  it('clips what lies beyond the range, infinities too', () => {
    expect(shades([-9, 9, -Infinity, Infinity], [0, 1])).toEqual([0, 255, 0, 255]);
  });

  it('marks what is not a number, and nothing else', () => {
    const painted = colors(paintMap(map([NaN, 0, 1, NaN, 0.5, NaN]), grey, [0, 1]).rgb);
    expect(painted).toEqual([NAN_COLOR, [0, 0, 0], [255, 255, 255], NAN_COLOR, [128, 128, 128], NAN_COLOR]);
  });

  it.each([
    [3, 3],
    [NaN, NaN],
    [2, 1],
    [-Infinity, Infinity],
  ])('gives the lowest colour throughout for the range %d..%d', (low, high) => {
    expect(shades([3, 3, 3, 3, 3], [low, high])).toEqual([0, 0, 0, 0, 0]);
    expect(colors(paintMap(map([NaN]), grey, [low, high]).rgb)).toEqual([NAN_COLOR]);
  });

  it.each([1, 2, 3, 4, 5, 7, 8, 13])('agrees with one colour at a time on %d pixels', (count) => {
    const lut = colormap('viridis');
    const values = Array.from({ length: count }, (_, index) => Math.sin(index * 1.7) * 1.3);
    const { rgb, width, height } = paintMap(map(values), lut, [-1, 1]);
    expect([width, height, rgb.length]).toEqual([count, 1, count * 3]);
    const expected = values.map((value) => {
      const at = colorIndex(Math.fround(value), [-1, 1]) * 3;
      return [...lut.subarray(at, at + 3)];
    });
    expect(colors(rgb)).toEqual(expected);
  });
});

describe('paintRgb', () => {
  it('leaves a finished image as it is', () => {
    const values = [0, 1, 2, 127, 128, 255];
    expect([...paintRgb(map(values, 2), [0, 255]).rgb.subarray(0, 6)]).toEqual(values);
  });

  it('scales all channels alike, or each to its own range', () => {
    const image = { data: Float32Array.of(0, 10, 101, 1, 20, 200), height: 1, width: 2 };
    expect([...paintRgb(image, [0, 200]).rgb]).toEqual([0, 13, 129, 1, 26, 255]);
    expect([
      ...paintRgb(image, [
        [0, 1],
        [10, 20],
        [101, 200],
      ]).rgb,
    ]).toEqual([0, 0, 0, 255, 255, 255]);
  });

  it('marks a pixel of which any channel is not a number', () => {
    const image = { data: Float32Array.of(0, NaN, 0, 1, 1, 1), height: 1, width: 2 };
    expect(colors(paintRgb(image, [0, 1]).rgb)).toEqual([NAN_COLOR, [255, 255, 255]]);
  });
});

describe('signedRange', () => {
  it('reaches as far to both sides, and somewhere where all is zero', () => {
    expect(signedRange([-1, 3])).toEqual([-3, 3]);
    expect(signedRange([-4, 3])).toEqual([-4, 4]);
    expect(signedRange([0, 0])).toEqual([-1, 1]);
    expect(signedRange([NaN, NaN])).toEqual([-1, 1]);
  });
});
