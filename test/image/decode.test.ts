import { writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, nativeSize, type DecodeOptions } from '../../src/image/decode.ts';
import { sharedFixtures } from '../fixtures.ts';

const RED = [255, 0, 0];
const GREEN = [0, 255, 0];
const BLUE = [0, 0, 255];
const WHITE = [255, 255, 255];

/** An image of the given rows of colours. */
const rgb = (rows: readonly (readonly (readonly number[])[])[]) =>
  sharp(Uint8Array.from(rows.flat(2)), { raw: { width: rows[0]!.length, height: rows.length, channels: 3 } });
const options = (height: number, width: number, more: Partial<DecodeOptions> = {}): DecodeOptions => ({
  height,
  width,
  channels: 3,
  fit: 'stretch',
  ...more,
});
const pixels = ({ data, channels }: { data: Uint8Array; channels: number }) =>
  Array.from({ length: data.length / channels }, (_, index) => [
    ...data.subarray(index * channels, (index + 1) * channels),
  ]);
const near = (actual: readonly number[], expected: readonly number[], tolerance: number) =>
  actual.forEach((part, index) => expect(Math.abs(part - expected[index]!)).toBeLessThanOrEqual(tolerance));

const corners = [
  [RED, GREEN],
  [BLUE, WHITE],
];
/** The four corners, each a square of 8 x 8, so that lossy formats keep them. */
const squares = Array.from({ length: 16 }, (_, y) =>
  Array.from({ length: 16 }, (_, x) => corners[y >> 3]![x >> 3]!),
);

describe('decodePicture', () => {
  it('leaves the pixels of an image of the right size alone', async () => {
    const decoded = await decodeImage(await rgb(corners).png().toBuffer(), options(2, 2));
    expect(decoded).toMatchObject({ height: 2, width: 2, channels: 3 });
    expect(pixels(decoded)).toEqual(corners.flat());
  });

  it.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)('reads %s', async (format) => {
    const file = await rgb(squares).toFormat(format, { quality: 95 }).toBuffer();
    const decoded = pixels(await decodeImage(file, options(16, 16)));
    [
      [3, 3],
      [3, 12],
      [12, 3],
      [12, 12],
    ].forEach(([y, x]) => near(decoded[y! * 16 + x!]!, squares[y!]![x!]!, 12));
  });

  it.each([
    [1, [RED, GREEN, BLUE, WHITE]],
    [2, [GREEN, RED, WHITE, BLUE]],
    [3, [WHITE, BLUE, GREEN, RED]],
    [4, [BLUE, WHITE, RED, GREEN]],
    [5, [RED, BLUE, GREEN, WHITE]],
    [6, [BLUE, RED, WHITE, GREEN]],
    [7, [WHITE, GREEN, BLUE, RED]],
    [8, [GREEN, WHITE, RED, BLUE]],
  ])('turns by EXIF orientation %d', async (orientation, expected) => {
    const file = await rgb(corners).withMetadata({ orientation }).png().toBuffer();
    expect(pixels(await decodeImage(file, options(2, 2)))).toEqual(expected);
  });

  it('crops and tiles what is seen, not what is stored', async () => {
    // Stored 3 wide x 2 high; orientation 6 shows it 2 wide x 3 high.
    const rows = [
      [RED, GREEN, BLUE],
      [WHITE, [9, 9, 9], [77, 77, 77]],
    ];
    const file = await rgb(rows).withMetadata({ orientation: 6 }).png().toBuffer();
    expect(await nativeSize(file)).toEqual({ height: 3, width: 2 });
    const crop = { x: 0, y: 1, width: 2, height: 2 };
    expect(pixels(await decodeImage(file, options(2, 2, { crop })))).toEqual([
      [9, 9, 9],
      GREEN,
      [77, 77, 77],
      BLUE,
    ]);
    const tile = { row: 2, column: 1, rows: 3, columns: 2 };
    expect(pixels(await decodeImage(file, options(1, 1, { tile })))).toEqual([BLUE]);
    expect(await nativeSize(file, { crop, tile: { ...tile, rows: 2, row: 1 } })).toEqual({
      height: 1,
      width: 1,
    });
  });

  it('takes a crop in pixels or in fractions', async () => {
    const file = await rgb(squares).png().toBuffer();
    const right = { x: 0.5, y: 0, width: 0.5, height: 0.5 };
    expect(await nativeSize(file, { crop: right })).toEqual({ height: 8, width: 8 });
    expect(pixels(await decodeImage(file, options(1, 1, { crop: right })))).toEqual([GREEN]);
    const inPixels = { x: 0, y: 8, width: 8, height: 8 };
    expect(pixels(await decodeImage(file, options(1, 1, { crop: inPixels })))).toEqual([BLUE]);
  });

  it('makes all tiles the same size', async () => {
    const file = await rgb(squares).png().toBuffer();
    for (const column of [0, 1, 2]) {
      const tile = { row: 0, column, rows: 1, columns: 3 };
      expect(await nativeSize(file, { tile })).toEqual({ height: 16, width: 5 });
    }
  });

  it('puts transparency over white', async () => {
    const half = Uint8Array.of(255, 0, 0, 128, 0, 0, 0, 0);
    const file = await sharp(half, { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    const [blended, clear] = pixels(await decodeImage(file, options(1, 2)));
    near(blended!, [255, 127, 127], 1);
    expect(clear).toEqual(WHITE);
  });

  it('repeats grey in three channels and weighs colours into one', async () => {
    const grey = sharp(Uint8Array.of(0, 100, 255), { raw: { width: 3, height: 1, channels: 1 } });
    const file = await grey.toColourspace('b-w').png().toBuffer();
    expect(pixels(await decodeImage(file, options(1, 3)))).toEqual([
      [0, 0, 0],
      [100, 100, 100],
      [255, 255, 255],
    ]);
    expect(pixels(await decodeImage(file, options(1, 3, { channels: 1 })))).toEqual([[0], [100], [255]]);
    // Pillow 13.0: Image.fromarray(…).convert('L') of red, green, blue, white
    const colours = await decodeImage(await rgb(corners).png().toBuffer(), options(2, 2, { channels: 1 }));
    expect([...colours.data]).toEqual([76, 150, 29, 255]);
  });

  it('takes 16 bits a channel to 8', async () => {
    const deep = Uint16Array.of(0, 0x8080, 0xffff, 0x1234, 0xfedc, 0x4040);
    const file = await sharp(deep, { raw: { width: 2, height: 1, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(file).metadata()).depth).toBe('ushort');
    const [first, second] = pixels(await decodeImage(file, options(1, 2)));
    near(first!, [0, 0x80, 0xff], 1);
    near(second!, [0x12, 0xfe, 0x40], 1);
    const grey = await sharp(Uint16Array.of(0, 0x8080, 0xffff), { raw: { width: 3, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const greys = await decodeImage(grey, options(1, 3, { channels: 1 }));
    near([...greys.data], [0, 0x80, 0xff], 1);
  });

  it('takes CMYK to sRGB', async () => {
    const file = await rgb(squares).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(file).metadata()).space).toBe('cmyk');
    const decoded = pixels(await decodeImage(file, options(16, 16)));
    // Printing inks reach no pure screen colours: what is red stays mostly red.
    expect(decoded[3 * 16 + 3]![0]! - decoded[3 * 16 + 3]![2]!).toBeGreaterThan(120);
    near(decoded[12 * 16 + 12]!, WHITE, 6);
  });

  it('honours a colour profile', async () => {
    const file = await rgb(squares).withIccProfile('p3').png().toBuffer();
    const plain = await rgb(squares).png().toBuffer();
    near(
      pixels(await decodeImage(file, options(16, 16)))[3 * 16 + 12]!,
      pixels(await decodeImage(plain, options(16, 16)))[3 * 16 + 12]!,
      8,
    );
  });

  it('shows the first frame of an animation', async () => {
    const frames = [RED, BLUE].map((color) =>
      rgb(Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => color)))
        .png()
        .toBuffer(),
    );
    const file = await sharp(await Promise.all(frames), { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(file, { animated: true }).metadata()).pages).toBe(2);
    expect(await nativeSize(file)).toEqual({ height: 4, width: 4 });
    near(pixels(await decodeImage(file, options(1, 1)))[0]!, RED, 3);
  });

  describe('fits', () => {
    // 32 wide, 8 high: red, white, white, blue squares.
    const wide = Array.from({ length: 8 }, () =>
      Array.from({ length: 32 }, (_, x) => [RED, WHITE, WHITE, BLUE][x >> 3]!),
    );
    const decodeAs = async (fit: DecodeOptions['fit']) =>
      pixels(await decodeImage(await rgb(wide).png().toBuffer(), options(16, 16, { fit })));

    it('stretch: all of it, proportions lost', async () => {
      const out = await decodeAs('stretch');
      near(out[0]!, RED, 12);
      near(out[15 * 16 + 15]!, BLUE, 12);
    });

    it('cover: the middle of it', async () => {
      for (const pixel of await decodeAs('cover')) near(pixel, WHITE, 40);
    });

    it('contain: all of it on black', async () => {
      const out = await decodeAs('contain');
      expect(out[0]).toEqual([0, 0, 0]);
      expect(out[15 * 16 + 8]).toEqual([0, 0, 0]);
      near(out[8 * 16 + 8]!, WHITE, 12);
      near(out[8 * 16 + 1]!, RED, 40);
    });
  });

  it('gives the same pixels again, from bytes and from a file', async () => {
    const file = await rgb(squares).jpeg().toBuffer();
    const path = join(await mkdtemp(join(tmpdir(), 'decode-')), 'named.txt');
    await writeFile(path, file);
    expect(await decodeImage(path, options(11, 7))).toEqual(await decodeImage(file, options(11, 7)));
  });
});

describe('decodePicture refuses', () => {
  const reason = async (source: string | Uint8Array, more: Partial<DecodeOptions> = {}) => {
    const error: unknown = await decodeImage(source, options(4, 4, more)).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ name: 'ImageError' });
    return (error as { reason: string }).reason;
  };
  const text = (content: string) => new TextEncoder().encode(content);

  it('what is cut off', async () => {
    const noise = Uint8Array.from({ length: 90 * 90 * 3 }, (_, index) => (index * index * 7) >> 2);
    const image = sharp(noise, { raw: { width: 90, height: 90, channels: 3 } });
    const files: [name: string, bytes: Uint8Array, expected: RegExp][] = [];
    for (const format of ['png', 'jpeg', 'webp', 'gif'] as const) {
      const file = await image.clone().toFormat(format).toBuffer();
      await decodeImage(file, options(4, 4));
      files.push([format, file.subarray(0, file.length * 0.6), /^The file is cut off\.$/]);
    }
    const tiff = await image.clone().tiff().toBuffer();
    files.push(['tiff', tiff.subarray(0, tiff.length / 2), /^The file is cut off\.$/]);
    const png = Buffer.from(await image.clone().png().toBuffer());
    files.push(['some wrong bytes', png.fill(0, 500, 600), /^The file is damaged\.$/]);
    files.push([
      'no more than a head',
      Uint8Array.of(0xff, 0xd8, 0xff),
      /^The file is damaged or not an image\.$/,
    ]);
    // All at once, many times: one is not blamed for what is wrong with another.
    const reasons = Array.from({ length: 5 }, () =>
      files.map(async ([name, bytes, expected]) => expect(await reason(bytes), name).toMatch(expected)),
    );
    await Promise.all(reasons.flat());
  });

  it('a few bytes that claim billions of pixels, before decoding them', async () => {
    const file = Buffer.from(await rgb(corners).png().toBuffer());
    file.writeUInt32BE(60000, 16);
    file.writeUInt32BE(60000, 20);
    file.writeUInt32BE(crc32(file.subarray(12, 29)), 29);
    expect(await reason(file)).toBe('The file states 60000 x 60000 pixels. The limit is 100 million.');
  });

  it.each([
    ['<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', 'SVG'],
    ['<?xml version="1.0"?>\n<!-- x --><svg width="1" height="1"></svg>', 'SVG'],
    ['%PDF-1.7', 'PDF'],
    ['hello\n', 'text'],
    ['<!DOCTYPE html><p>', 'HTML'],
  ])('%s', async (content, name) => {
    expect(await reason(text(content))).toBe(
      `Unsupported image format: ${name}. Supported: PNG, JPEG, WebP, GIF, TIFF, AVIF.`,
    );
  });

  it('an empty file, a missing one, a crop beside the image, too many tiles', async () => {
    const file = await rgb(corners).png().toBuffer();
    expect(await reason(new Uint8Array())).toBe('The file is empty.');
    expect(await reason('/no/such/picture.png')).toBe('The file does not exist.');
    expect(await reason(file, { crop: { x: 5, y: 0, width: 2, height: 2 } })).toBe(
      '`crop` lies outside the 2 x 2 pixels of the image.',
    );
    expect(await reason(file, { tile: { row: 0, column: 0, rows: 1, columns: 3 } })).toBe(
      '2 x 2 pixels cannot be cut into 1 x 3 tiles.',
    );
  });

  it.skipIf(!sharedFixtures)('the broken photographs of the fixtures, and no other', async () => {
    const folder = join(sharedFixtures!, 'two-classes');
    expect(await reason(join(folder, 'a', '30-unreadable.jpg'))).toMatchInlineSnapshot(
      `"The file is damaged or not an image."`,
    );
    expect(await reason(join(folder, 'b', '30-truncated.jpg'))).toMatchInlineSnapshot(
      `"The file is cut off."`,
    );
    await decodeImage(join(folder, 'a', '01-chelsea.jpg'), options(4, 4));
  });
});

function crc32(bytes: Uint8Array): number {
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return ~value >>> 0;
}
