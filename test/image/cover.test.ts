import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { composeCover, type CoverPanel } from '../../src/image/cover.ts';

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

async function pixelsOf(bytes: Buffer) {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return {
    ...info,
    at: (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)],
  };
}

const heading = { title: 'What it sees', line: 'vgg16 · 12 feature maps' };

describe('composeCover', () => {
  it('places the panels in a row, cut from their sprite, with their pixels kept square', async () => {
    const sprite = await file(8, 4, (x) => (x < 4 ? RED : BLUE));
    const panel = (x: number): CoverPanel => ({
      bytes: sprite,
      crop: { x, y: 0, width: 4, height: 4 },
      pixels: true,
    });
    const cover = await composeCover({
      ...heading,
      panels: [panel(0), panel(4), panel(2), panel(0), panel(4)],
    });
    expect(cover).toMatchObject({ width: 1200, height: 630, extension: 'png' });
    const { at, width, height } = await pixelsOf(cover.bytes);
    expect([width, height]).toEqual([1200, 630]);
    expect([64, 319, 336, 591].map((x) => at(x, 300))).toEqual([RED, RED, BLUE, BLUE]);
    // The border between two panels of the sprite stays sharp in the middle of a panel.
    expect([735, 736].map((x) => at(x, 300))).toEqual([RED, BLUE]);
    expect(at(880, 300)).toEqual(RED);
    // Between panels and beside the row there is paper: the fifth panel has no room.
    expect([63, 328, 1140].map((x) => at(x, 300))).toEqual(Array(3).fill([251, 250, 248]));
  });

  it('keeps the shape of few panels, and needs none', async () => {
    const wide = await file(40, 20, () => RED);
    const cover = await composeCover({ ...heading, panels: [{ bytes: wide, pixels: true }] });
    const { at } = await pixelsOf(cover.bytes);
    expect([64, 64 + 511].map((x) => at(x, 300))).toEqual([RED, RED]);
    expect(at(64 + 512, 300)).toEqual([251, 250, 248]);
    const bare = await composeCover({ ...heading, panels: [] });
    expect(bare.bytes.equals(cover.bytes)).toBe(false);
  });

  it('stays below 120 kB whatever the panels show, with the same bytes each time', async () => {
    let state = 7;
    const noise = await file(512, 512, () => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return [state >> 8, state >> 14, state >> 20].map((value) => value & 255);
    });
    const panels = Array.from({ length: 4 }, (): CoverPanel => ({ bytes: noise, pixels: false }));
    const cover = await composeCover({ ...heading, panels });
    expect(cover.extension).toBe('webp');
    expect(cover.bytes.length).toBeLessThanOrEqual(120_000);
    expect((await composeCover({ ...heading, panels })).bytes.equals(cover.bytes)).toBe(true);
  });

  it('shows title and line', async () => {
    const bytes = async (title: string, line: string) =>
      (await composeCover({ title, line, panels: [] })).bytes;
    const one = await bytes('A title', 'a line');
    expect((await bytes('Another title', 'a line')).equals(one)).toBe(false);
    expect((await bytes('A title', 'another line')).equals(one)).toBe(false);
  });
});
