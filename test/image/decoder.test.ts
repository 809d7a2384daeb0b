import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, type DecodeOptions } from '../../src/image/decode.ts';
import { decodeIsolated } from '../../src/image/decoder.ts';
import { packageRoot } from '../../src/package-root.ts';

const options: DecodeOptions = { height: 9, width: 7, channels: 3, fit: 'cover' };
const fixture = (file: string) => readFileSync(join(packageRoot, 'test', 'fixtures', 'images', file));
/** Takes a hundred times as long to open as the fixtures. */
const large = () =>
  sharp({ create: { width: 4000, height: 3000, channels: 3, background: '#123' } })
    .png({ compressionLevel: 1 })
    .toBuffer();

describe('the decoding process', () => {
  it('gives the pixels that this one does', async () => {
    const files = [
      'u16.tif',
      'infrared.tif',
      'palette-alpha.png',
      'animated.gif',
      'still.avif',
      'no-end.jpg',
    ];
    for (const file of files) {
      for (const more of [{}, { channels: 1, tile: { row: 0, column: 1, rows: 1, columns: 2 } }] as const) {
        const [there, here] = [decodeIsolated, decodeImage].map((decode) =>
          decode(fixture(file), { ...options, ...more }),
        );
        expect(await there, file).toEqual(await here);
      }
    }
  });

  it('gives the reason that this one does', async () => {
    await expect(decodeIsolated(fixture('five-bands.tif'), options)).rejects.toMatchObject({
      name: 'ImageError',
      reason: 'Unsupported TIFF: 5 bands.',
      lasting: true,
    });
  });

  it.each([
    [{ seconds: 0.001, memory: 1e9 }, 'Decoding the file takes more than 0.001 seconds of processor time.'],
    [{ seconds: 8, memory: 20e6 }, 'Decoding the file takes more than 0.02 GB of memory.'],
  ])('is ended at %o, and all others are decoded', async (limits, reason) => {
    const bytes = await large();
    const others = () =>
      ['u16.tif', 'no-end.jpg', 'u32.tif'].map((file) => decodeIsolated(fixture(file), options));
    const before = others();
    const refused = decodeIsolated(bytes, options, limits).then(
      () => undefined,
      (error: unknown) => error,
    );
    const after = others();
    expect(await refused).toMatchObject({ name: 'ImageError', reason, lasting: false });
    for (const pixels of await Promise.all([...before, ...after]))
      expect(pixels.data).toHaveLength(9 * 7 * 3);
    expect((await decodeIsolated(bytes, options)).data).toHaveLength(9 * 7 * 3);
  });
});
