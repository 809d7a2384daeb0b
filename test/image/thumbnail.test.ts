import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { CoverPanel } from '../../src/image/cover.ts';
import { composeThumbnail } from '../../src/image/thumbnail.ts';

const RED = [200, 0, 0];
const BLUE = [0, 0, 200];

const file = (width: number, height: number, colors: (x: number, y: number) => readonly number[]) =>
  sharp(
    Uint8Array.from({ length: width * height * 3 }, (_, at) => {
      const pixel = Math.floor(at / 3);
      return colors(pixel % width, Math.floor(pixel / width))[at % 3]!;
    }),
    { raw: { width, height, channels: 3 } },
  )
    .png()
    .toBuffer();

async function pixelsOf(bytes: Uint8Array) {
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const near = (value: number): number => Math.round(value / 16) * 16;
  return {
    ...info,
    at: (x: number, y: number) =>
      [...data.subarray((y * info.width + x) * 4, (y * info.width + x) * 4 + 4)].map(near),
  };
}

const shade = (color: readonly number[]): number[] => [
  ...color.map((value) => Math.round(value / 16) * 16),
  256,
];

describe('composeThumbnail', () => {
  it('fills rows of cells with parts of sprites, and leaves the gaps to the card', async () => {
    const sprite = await file(8, 4, (x) => (x < 4 ? RED : BLUE));
    const panel = (x: number): CoverPanel => ({
      bytes: sprite,
      crop: { x, y: 0, width: 4, height: 4 },
      pixels: true,
    });
    const { bytes, ...size } = await composeThumbnail({
      columns: 2,
      panels: [panel(0), panel(4), panel(4), panel(2)],
    });
    expect(size).toEqual({ width: 720, height: 360, extension: 'webp' });
    const { at, width, height } = await pixelsOf(bytes);
    expect([width, height]).toEqual([720, 360]);
    expect([at(20, 20), at(700, 20), at(20, 340)]).toEqual([RED, BLUE, BLUE].map(shade));
    // Half of each in the last, with a sharp border in its middle.
    expect([at(530, 340), at(552, 340)]).toEqual([RED, BLUE].map(shade));
    expect([at(360, 90)[3], at(180, 180)[3]]).toEqual([0, 0]);
  });

  it('stays small whatever it shows, and has the same bytes again', async () => {
    let state = 1;
    const noise = await file(256, 256, () => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return [state % 256, (state >> 8) % 256, (state >> 16) % 256];
    });
    const options = { columns: 4, panels: Array.from({ length: 8 }, () => ({ bytes: noise, pixels: true })) };
    const { bytes } = await composeThumbnail(options);
    expect(bytes.length).toBeLessThanOrEqual(60_000);
    expect((await composeThumbnail(options)).bytes.equals(bytes)).toBe(true);
  });
});
