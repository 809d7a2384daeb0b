/** The preview of a report, for pages that show links to it: title, network, a row of panels, the program's name. */
import sharp from 'sharp';
import { encodePng, encodeWebp } from './encode.ts';
import { drawText, INK, SOFT_INK } from './ink.ts';
import { fitText, wrapText, type TextStyle } from './text.ts';

export interface CoverPanel {
  /** A PNG or WebP file of this program's own. */
  readonly bytes: Uint8Array;
  /** Where in it the panel lies; all of it where this is absent. */
  readonly crop?:
    { readonly x: number; readonly y: number; readonly width: number; readonly height: number } | undefined;
  /** Whether it keeps its square pixels when enlarged. */
  readonly pixels: boolean;
}

export interface CoverOptions {
  readonly title: string;
  readonly line: string;
  /** In a row, from the left; at most `COVER_PANELS`, surplus ones are left out. */
  readonly panels: readonly CoverPanel[];
}

export interface EncodedCover {
  readonly bytes: Buffer;
  readonly extension: 'png' | 'webp';
  readonly width: number;
  readonly height: number;
}

export const COVER_PANELS = 4;
/** What Open Graph's readers cut nothing from. */
const SIZE = { width: 1200, height: 630 };
const MOST_BYTES = 120_000;
const PAPER = '#fbfaf8';

const MARGIN = 64;
const ROOM = SIZE.width - 2 * MARGIN;
const GAP = 16;
const TILE = (ROOM - (COVER_PANELS - 1) * GAP) / COVER_PANELS;
const TILE_TOP = 262;
/** Between which title and line stand, in the middle. */
const HEAD = { top: 44, bottom: TILE_TOP - 20 };
const TITLE: TextStyle = { size: 56, weight: 600 };
const LARGE_TITLE: TextStyle = { size: 72, weight: 600 };
const LINE: TextStyle = { size: 30 };
const NAME: TextStyle = { size: 28, weight: 600 };
const NAME_BASELINE = 584;

/** The program's mark: nine squares in the colours of viridis. */
const MARK = [
  ...['#440154', '#414487', '#2a788e'],
  ...['#3b528b', '#22a884', '#7ad151'],
  ...['#21918c', '#5ec962', '#fde725'],
];

/** PNG where it is small enough, else WebP; at most 120 kB. The same input gives the same bytes. */
export async function composeCover({ title, line, panels }: CoverOptions): Promise<EncodedCover> {
  const drawing: string[] = [];
  drawHead(title, line, drawing);
  drawName(drawing);
  const tiles = await placeTiles(panels.slice(0, COVER_PANELS));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${SIZE.height}">${drawing.join('')}</svg>`;
  const data = await sharp({ create: { ...SIZE, channels: 3, background: PAPER } })
    .composite([...tiles, { input: Buffer.from(svg) }])
    .removeAlpha()
    .raw()
    .toBuffer();
  const bitmap = { ...SIZE, rgb: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  const png = await encodePng(bitmap, { reduce: true });
  if (png.length <= MOST_BYTES) return { ...SIZE, bytes: png, extension: 'png' };
  let bytes = png;
  for (const quality of [88, 76, 60, 40, 20, 1]) {
    bytes = await encodeWebp(bitmap, { quality });
    if (bytes.length <= MOST_BYTES) break;
  }
  return { ...SIZE, bytes, extension: 'webp' };
}

function drawHead(title: string, line: string, drawing: string[]): void {
  const large = wrapText(title, ROOM, 2, LARGE_TITLE);
  const style = large.length === 1 ? LARGE_TITLE : TITLE;
  const lines = large.length === 1 ? large : wrapText(title, ROOM, 2, TITLE);
  const leading = Math.round(style.size * 1.18);
  const height = lines.length * leading + Math.round(LINE.size * 1.5);
  let y = HEAD.top + (HEAD.bottom - HEAD.top - height) / 2;
  for (const text of lines) {
    y += leading;
    drawing.push(drawText(text, MARGIN, y - style.size * 0.24, style, INK));
  }
  drawing.push(drawText(fitText(line, ROOM, LINE), MARGIN, y + LINE.size * 1.2, LINE, SOFT_INK));
}

function drawName(drawing: string[]): void {
  const side = 10;
  for (const [index, color] of MARK.entries()) {
    const x = MARGIN + (index % 3) * (side + 1);
    const y = NAME_BASELINE - 26 + Math.floor(index / 3) * (side + 1);
    drawing.push(`<rect x="${x}" y="${y}" width="${side}" height="${side}" rx="1.5" fill="${color}"/>`);
  }
  drawing.push(drawText('Filterscope', MARGIN + 46, NAME_BASELINE, NAME, INK));
}

/** Squares where the row is full; fewer panels keep their shapes as far as there is room. */
async function placeTiles(
  panels: readonly CoverPanel[],
): Promise<{ input: Buffer; left: number; top: number }[]> {
  const most = Math.floor((ROOM - (panels.length - 1) * GAP) / panels.length);
  const tiles: { input: Buffer; left: number; top: number }[] = [];
  let left = MARGIN;
  for (const { bytes, crop, pixels } of panels) {
    const size = crop ?? (await sharp(bytes).metadata());
    const natural = Math.round((TILE * size.width) / size.height);
    const width = panels.length === COVER_PANELS ? TILE : Math.min(most, Math.max(natural, TILE / 2));
    const part = sharp(bytes);
    if (crop) part.extract({ left: crop.x, top: crop.y, width: crop.width, height: crop.height });
    const input = await part
      .flatten({ background: PAPER })
      .resize({ width, height: TILE, fit: 'cover', kernel: pixels ? 'nearest' : 'lanczos3' })
      .png({ compressionLevel: 1 })
      .toBuffer();
    tiles.push({ input, left, top: TILE_TOP });
    left += width + GAP;
  }
  return tiles;
}
