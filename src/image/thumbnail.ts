/** The face of a card: a few panels as one small image, so that a page of cards loads no sprite sheets. */
import sharp from 'sharp';
import type { CoverPanel, EncodedCover } from './cover.ts';

export interface ThumbnailOptions {
  /** In rows from the left; each is cut to fill its cell. */
  readonly panels: readonly CoverPanel[];
  readonly columns: number;
}

/** Twice as wide as high; twice the size of a card in CSS pixels. */
const SIZE = { width: 720, height: 360 };
/** Pixels between panels: nothing, so that the card shows through. */
const GAP = 4;
const MOST_BYTES = 36_000;
const QUALITIES = [82, 70, 55, 40, 25, 1];

/** WebP, of 36 kB at most where its lowest quality allows. The same input gives the same bytes. */
export async function composeThumbnail({ panels, columns }: ThumbnailOptions): Promise<EncodedCover> {
  const rows = Math.max(1, Math.ceil(panels.length / columns));
  const tiles = await Promise.all(
    panels.map(({ bytes, crop, pixels }, index) => {
      const [left, width] = span(index % columns, columns, SIZE.width);
      const [top, height] = span(Math.floor(index / columns), rows, SIZE.height);
      const part = sharp(bytes);
      if (crop) part.extract({ left: crop.x, top: crop.y, width: crop.width, height: crop.height });
      return part
        .resize({ width, height, fit: 'cover', kernel: pixels ? 'nearest' : 'lanczos3' })
        .png({ compressionLevel: 1 })
        .toBuffer()
        .then((input) => ({ input, left, top }));
    }),
  );
  const composed = await sharp({
    create: { ...SIZE, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
  })
    .composite(tiles)
    .raw()
    .toBuffer();
  const encode = (quality: number): Promise<Buffer> =>
    sharp(composed, { raw: { ...SIZE, channels: 4 } })
      .webp({ quality, effort: 4 })
      .toBuffer();
  let bytes = await encode(QUALITIES[0]!);
  for (const quality of QUALITIES.slice(1)) {
    if (bytes.length <= MOST_BYTES) break;
    bytes = await encode(quality);
  }
  return { ...SIZE, bytes, extension: 'webp' };
}

/** Where a row or column of cells begins, and how long it is. */
function span(index: number, count: number, whole: number): [from: number, length: number] {
  const from = Math.round((index * (whole + GAP)) / count);
  return [from, Math.round(((index + 1) * (whole + GAP)) / count) - GAP - from];
}
