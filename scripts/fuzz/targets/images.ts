import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage, nativeSize } from '../../../src/image/decode.ts';
import { ImageError } from '../../../src/image/image-error.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import type { Target } from '../target.ts';
import { expect } from '../target.ts';

const folder = join(packageRoot, 'scripts/fuzz/corpus');

/** PNG, JPEG, WebP, TIFF, GIF and AVIF of 24 x 16 pixels in several kinds each. */
export const images: Target = {
  name: 'images',
  async corpus() {
    const names = (await readdir(folder)).sort();
    return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
  },
  mutate: ({ bytes }, random, other) => mutateBytes(bytes, random, other.bytes),
  async read({ bytes }) {
    try {
      const size = await nativeSize(bytes);
      expect(size.width >= 1 && size.height >= 1, 'an image without pixels');
      const tile = { row: 1, column: 0, rows: 2, columns: 2 };
      const crop = { x: 0.1, y: 0.1, width: 0.8, height: 0.8 };
      for (const more of [{}, { tile, crop }]) {
        const made = await decodeImage(bytes, {
          height: 12,
          width: 10,
          channels: 3,
          fit: 'contain',
          ...more,
        });
        expect(made.data.length === 12 * 10 * 3, `${made.data.length} values`);
      }
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
    }
  },
};
