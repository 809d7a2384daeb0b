import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../src/random.ts';
import { cutPixels, cutValues, hatchOutside, onGrey, resize } from '../../src/techniques/patches/cells.ts';
import type { Cell } from '../../src/techniques/patches/cells.ts';
import type { Box } from '../../src/techniques/technique.ts';

const SIZE = { width: 20, height: 16 };
const random = randomFrom('cells');
const image = {
  ...SIZE,
  channels: 3 as const,
  data: Uint8Array.from({ length: SIZE.width * SIZE.height * 3 }, () => Math.floor(random() * 256)),
};
const signal = Float32Array.from({ length: SIZE.width * SIZE.height * 3 }, () => random() - 0.5);
const region = { x: 0, y: 0, ...SIZE };

/** Mean over the part of a stretch of the box that lies in the image; undefined where that is less than half of it. */
function meanOf(values: ArrayLike<number>, box: Box, size: Size, x: number, y: number, c: number) {
  const [wide, tall] = [box.width / size.width, box.height / size.height];
  let [sum, area] = [0, 0];
  const covered = (at: number, length: number, from: number): number =>
    Math.max(0, Math.min((at + 1) * length, from + 1) - Math.max(at * length, from));
  for (let row = Math.max(0, -box.y); row < Math.min(box.height, SIZE.height - box.y); row++) {
    for (let column = Math.max(0, -box.x); column < Math.min(box.width, SIZE.width - box.x); column++) {
      const weight = covered(x, wide, column) * covered(y, tall, row);
      area += weight;
      sum += weight * values[((box.y + row) * SIZE.width + box.x + column) * 3 + c]!;
    }
  }
  const [across, down] = [0, 1].map((axis) => {
    const [at, length, start, count] =
      axis === 0 ? [x, wide, box.x, SIZE.width] : [y, tall, box.y, SIZE.height];
    const [from, to] = [Math.max(at * length, -start), Math.min((at + 1) * length, count - start)];
    return (to - from) / length;
  });
  return across! >= 0.5 - 1e-9 && down! >= 0.5 - 1e-9 ? sum / area : undefined;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const pixel = ({ data, width }: Cell, x: number, y: number): number[] =>
  [0, 1, 2].map((c) => data[(y * width + x) * 3 + c]!);

/** Boxes that hang over each side and each corner, over two sides at once, and over none; and what size they are shown at. */
const CASES: readonly [Box, Size][] = [
  [
    { x: -4, y: -3, width: 9, height: 9 },
    { width: 36, height: 36 },
  ],
  [
    { x: 14, y: 10, width: 9, height: 9 },
    { width: 36, height: 36 },
  ],
  [
    { x: -5, y: 4, width: 12, height: 10 },
    { width: 7, height: 6 },
  ],
  [
    { x: 11, y: -6, width: 15, height: 12 },
    { width: 11, height: 9 },
  ],
  [
    { x: -3, y: 6, width: 20, height: 14 },
    { width: 8, height: 5 },
  ],
  [
    { x: 3, y: -2, width: 8, height: 16 },
    { width: 4, height: 8 },
  ],
  [
    { x: 2, y: 3, width: 10, height: 10 },
    { width: 7, height: 7 },
  ],
];

describe('a patch and its projection', () => {
  it.each(CASES)('of %o, shown at %o, are in scale, aligned, and hatched outside the image', (box, size) => {
    const patch = hatchOutside(resize(cutPixels(image, box), size.width, size.height));
    const values = cutValues({ values: signal, region, channels: 3 }, box, [SIZE.height, SIZE.width]);
    const resized = resize(values, size.width, size.height);
    const projection = hatchOutside(onGrey(resized, [0, 1, 2]));
    expect([patch.width, patch.height, projection.width, projection.height]).toEqual([
      ...[size.width, size.height],
      ...[size.width, size.height],
    ]);
    const signals: number[] = [];
    const shades: number[] = [];
    const hatched = new Map<number, number>();
    const wrong: unknown[] = [];
    let shown = 0;
    for (let y = 0; y < size.height; y++) {
      for (let x = 0; x < size.width; x++) {
        const means = [0, 1, 2].map((c) => meanOf(image.data, box, size, x, y, c));
        if (means[0] === undefined) {
          const [grey] = pixel(patch, x, y) as [number];
          // Pixel for pixel the same beside it.
          const both = [...pixel(patch, x, y), ...pixel(projection, x, y)];
          if (both.some((value) => value !== grey)) wrong.push([x, y, both]);
          hatched.set(grey, (hatched.get(grey) ?? 0) + 1);
          continue;
        }
        shown += 1;
        const off = pixel(patch, x, y).map((value, c) => Math.abs(value - means[c]!));
        if (Math.max(...off) > 1e-3) wrong.push([x, y, off]);
        signals.push(...[0, 1, 2].map((c) => meanOf(signal, box, size, x, y, c)!));
        shades.push(...pixel(projection, x, y));
      }
    }
    expect(wrong).toEqual([]);
    expect(shown).toBeGreaterThan(0);
    const hangs =
      box.x < 0 || box.y < 0 || box.x + box.width > SIZE.width || box.y + box.height > SIZE.height;
    // Stripes and ground: neither black, nor white, nor the zero of a projection.
    expect([...hatched.keys()].sort((a, b) => a - b)).toEqual(hangs ? [172, 212] : []);
    // Contrast goes by what lies in the image alone.
    const sizes = signals.map(Math.abs).sort((a, b) => a - b);
    const farthest = sizes[Math.ceil(0.995 * sizes.length) - 1]!;
    const expected = signals.map((value) => Math.min(255, Math.max(0, 127.5 + (127.5 * value) / farthest)));
    expect(Math.max(...shades.map((shade, i) => Math.abs(shade - expected[i]!)))).toBeLessThan(0.01);
  });

  it('of a job that sees nothing but padding are hatched all over', () => {
    const box = { x: -12, y: 2, width: 9, height: 9 };
    const { data, inside } = hatchOutside(resize(cutPixels(image, box), 18, 18));
    expect(inside).toMatchObject({ width: 0 });
    expect(new Set(data)).toEqual(new Set([172, 212]));
  });
});
