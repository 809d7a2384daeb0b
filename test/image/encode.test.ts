import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../src/random.ts';
import type { Bitmap } from '../../src/image/bitmap.ts';
import { colormap, paintMap } from '../../src/image/colormap.ts';
import { paintContours } from '../../src/image/contour.ts';
import { encodePng, encodeWebp } from '../../src/image/encode.ts';
import { concurrently } from '../../src/image/concurrent.ts';

const wave = (size: number) => ({
  height: size,
  width: size,
  data: Float32Array.from(
    { length: size * size },
    (_, index) => Math.sin((index % size) / 9) * Math.cos(index / size / 7),
  ),
});
const heat = paintMap(wave(96), colormap('viridis'), [-1, 1]);
/** More than 256 colours. */
const photograph: Bitmap = {
  width: 70,
  height: 50,
  rgb: Uint8Array.from({ length: 70 * 50 * 3 }, (_, index) => (index * index * 31 + index * 7) >> 3),
};

/** sharp (libspng) reads what we wrote. */
async function decoded(file: Buffer) {
  const { data, info } = await sharp(file)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb: new Uint8Array(data) };
}
const meanDifference = (one: Uint8Array, other: Uint8Array) =>
  one.reduce((sum, part, index) => sum + Math.abs(part - other[index]!), 0) / one.length;

describe('encodePng', () => {
  it.each([
    ['a map', heat],
    ['a picture of many colours', photograph],
    ['one pixel', { width: 1, height: 1, rgb: Uint8Array.of(1, 2, 3) }],
    ['a column', { width: 1, height: 5, rgb: Uint8Array.from({ length: 15 }, (_, index) => index * 17) }],
  ])('keeps every pixel of %s', async (_, bitmap) => {
    expect(await decoded(await encodePng(bitmap))).toEqual({ ...bitmap, rgb: new Uint8Array(bitmap.rgb) });
    expect(await decoded(await encodePng(bitmap, { order: colormap('viridis') }))).toEqual({
      ...bitmap,
      rgb: new Uint8Array(bitmap.rgb),
    });
  });

  it('uses a palette where 256 colours do, and makes a smaller file than sharp does', async () => {
    const ours = await encodePng(heat, { order: colormap('viridis') });
    expect(await sharp(ours).metadata()).toMatchObject({ format: 'png', isPalette: true });
    const { rgb, width, height } = heat;
    const theirs = await sharp(rgb, { raw: { width, height, channels: 3 } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    expect(ours.length).toBeLessThan(theirs.length);
    expect((await sharp(await encodePng(photograph)).metadata()).isPalette).toBeFalsy();
  });

  it('reduces blends of few colours without a visible difference', async () => {
    const size = { width: 300, height: 300 };
    const contour = paintContours(wave(96), colormap('plasma'), [-1, 1], 12, size);
    const file = await encodePng(contour, { order: colormap('plasma'), reduce: true });
    expect((await sharp(file).metadata()).isPalette).toBe(true);
    expect(meanDifference((await decoded(file)).rgb, contour.rgb)).toBeLessThan(0.5);
  });

  it('mixes many colours out of 256 in large files, where that makes them smaller, with the same bytes each time', async () => {
    const size = { width: 900, height: 900 };
    const random = randomFrom('grain');
    const rgb = new Uint8Array(size.width * size.height * 3);
    for (let i = 0; i < rgb.length; i++) {
      const [x, y] = [Math.floor(i / 3) % size.width, Math.floor(i / 3 / size.width)];
      rgb[i] = Math.round(120 + 100 * Math.sin(x / 90 + (i % 3)) * Math.cos(y / 70) + 12 * random());
    }
    const large = { ...size, rgb };
    const exact = await encodePng(large);
    const file = await encodePng(large, { dither: true });
    expect((await sharp(file).metadata()).isPalette).toBe(true);
    expect(file.length).toBeLessThan(0.7 * exact.length);
    expect(meanDifference((await decoded(file)).rgb, rgb)).toBeLessThan(10);
    expect((await encodePng(large, { dither: true })).equals(file)).toBe(true);
    const small = new Uint8Array(photograph.rgb);
    expect((await decoded(await encodePng(photograph, { dither: true }))).rgb).toEqual(small);
  });

  it('reduces nothing that would be seen: a photograph among maps', async () => {
    const rows = new Uint8Array(heat.width * 3 * 10);
    for (let index = 0; index < rows.length; index++) rows[index] = photograph.rgb[index]!;
    const mixed = {
      width: heat.width,
      height: heat.height + 10,
      rgb: Uint8Array.from([...heat.rgb, ...rows]),
    };
    const file = await encodePng(mixed, { order: colormap('viridis'), reduce: true });
    expect((await decoded(file)).rgb).toEqual(mixed.rgb);
  });

  it('gives the same bytes again', async () => {
    expect(await encodePng(heat)).toEqual(await encodePng(heat));
    expect(await encodePng(photograph)).toEqual(await encodePng(photograph));
  });
});

describe('encodeWebp', () => {
  it('is close to the image, smaller, and the same again', async () => {
    const smooth: Bitmap = {
      width: 64,
      height: 64,
      rgb: Uint8Array.from({ length: 64 * 64 * 3 }, (_, at) => at / 60),
    };
    const file = await encodeWebp(smooth);
    expect((await sharp(file).metadata()).format).toBe('webp');
    expect(meanDifference((await decoded(file)).rgb, smooth.rgb)).toBeLessThan(3);
    expect(file.length).toBeLessThan(smooth.rgb.length / 10);
    expect(await encodeWebp(smooth)).toEqual(file);
  });
});

describe('concurrently', () => {
  const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('keeps the order and the limit', async () => {
    let running = 0;
    let most = 0;
    const results: number[] = [];
    const work = async (item: number) => {
      most = Math.max(most, ++running);
      await later(item % 3 ? 1 : 8);
      running--;
      return item * 10;
    };
    for await (const result of concurrently([0, 1, 2, 3, 4, 5, 6], 2, work)) results.push(result);
    expect(results).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(most).toBe(2);
  });

  it('ends with the first failure, after what was under way', async () => {
    let finished = 0;
    const work = async (item: number) => {
      await later(item === 1 ? 1 : 5);
      if (item === 1) throw new Error('no');
      finished++;
    };
    await expect(async () => {
      for await (const _ of concurrently([0, 1, 2, 3, 4, 5], 3, work));
    }).rejects.toThrow('no');
    const atFailure = finished;
    await later(20);
    expect(finished).toBe(atFailure);
    expect(finished).toBeLessThan(4);
  });
});
