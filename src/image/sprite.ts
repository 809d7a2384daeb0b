import { paste, type Bitmap } from './bitmap.ts';
import type { IndexedMap, Lut } from './colormap.ts';
import type { Indexed } from './palette.ts';

/** WebP allows no longer side; browsers show images of this size on small devices too. */
export const MAX_SPRITE_SIDE = 4096;
const GUTTER = 1;

export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where many small images lie on few large ones. */
export interface SpriteLayout {
  readonly sprites: readonly Size[];
  /** For every tile, in order: which sprite holds it and where. */
  readonly places: readonly { readonly sprite: number; readonly crop: Crop }[];
}

export interface Sprites {
  readonly sprites: readonly Bitmap[];
  readonly places: SpriteLayout['places'];
}

/**
 * Many small images on few large ones: in reading order on a nearly square grid, as many sprites as it takes to keep
 * every side within `maxSide`. Around each tile is room for its outermost pixels once more.
 *
 * @param options.columns fixed number of tiles in a row
 * @throws RangeError where a single tile is larger than `maxSide`
 */
export function layOutSprites(
  tiles: readonly Size[],
  options: { readonly columns?: number; readonly maxSide?: number } = {},
): SpriteLayout {
  const { maxSide = MAX_SPRITE_SIDE } = options;
  const cellWidth = Math.max(0, ...tiles.map(({ width }) => width)) + 2 * GUTTER;
  const cellHeight = Math.max(0, ...tiles.map(({ height }) => height)) + 2 * GUTTER;
  const most = { columns: Math.floor(maxSide / cellWidth), rows: Math.floor(maxSide / cellHeight) };
  if (most.columns < 1 || most.rows < 1) {
    throw new RangeError(
      `a tile of ${cellWidth - 2 * GUTTER} x ${cellHeight - 2 * GUTTER} exceeds ${maxSide}`,
    );
  }
  const fullest = Math.min(options.columns ?? most.columns, most.columns) * most.rows;
  // All about equally full.
  const perSprite = Math.max(1, Math.ceil(tiles.length / Math.max(1, Math.ceil(tiles.length / fullest))));
  const sprites: Size[] = [];
  const places: { sprite: number; crop: Crop }[] = [];
  for (let start = 0; start < tiles.length; start += perSprite) {
    const group = tiles.slice(start, start + perSprite);
    const square = Math.ceil(Math.sqrt((group.length * cellHeight) / cellWidth));
    const columns = Math.min(options.columns ?? square, most.columns, group.length);
    const rows = Math.ceil(group.length / columns);
    // A nearly square grid may be a row too high where the limit is tight.
    const across = rows > most.rows ? Math.ceil(group.length / most.rows) : columns;
    for (const [index, { width, height }] of group.entries()) {
      const x = (index % across) * cellWidth + GUTTER;
      const y = Math.floor(index / across) * cellHeight + GUTTER;
      places.push({ sprite: sprites.length, crop: { x, y, width, height } });
    }
    sprites.push({ width: across * cellWidth, height: Math.ceil(group.length / across) * cellHeight });
  }
  return { sprites, places };
}

/**
 * Sprites of images, laid out by `layOutSprites`. Around each tile its outermost pixels are repeated once, so that a crop which a
 * browser scales takes no colour from its neighbours. What a grid leaves free is black.
 */
export function composeSprites(
  tiles: readonly Bitmap[],
  options: { readonly columns?: number; readonly maxSide?: number } = {},
): Sprites {
  const { sprites: sizes, places } = layOutSprites(tiles, options);
  const sprites = sizes.map(({ width, height }): Bitmap => ({
    ...{ width, height, rgb: new Uint8Array(width * height * 3) },
  }));
  for (const [index, { sprite, crop }] of places.entries()) {
    const { width, rgb } = sprites[sprite]!;
    paste(sprites[sprite]!, tiles[index]!, crop.x, crop.y);
    extrude(rgb, width, 3, crop);
  }
  return { sprites, places };
}

/**
 * As `composeSprites`, of maps that have one colormap: each sprite with that as its palette. What a grid leaves free has the lowest colour.
 * @param options.memory gives so many bytes for the pixels of a sprite
 */
export function composeIndexedSprites(
  tiles: readonly IndexedMap[],
  lut: Lut,
  options: { readonly maxSide?: number; readonly memory?: (bytes: number) => Uint8Array } = {},
): { readonly sprites: readonly Indexed[]; readonly places: SpriteLayout['places'] } {
  const { memory = (bytes) => new Uint8Array(bytes) } = options;
  const { sprites: sizes, places } = layOutSprites(tiles, options);
  const sprites = sizes.map(({ width, height }): Indexed => ({
    ...{ width, height, pixels: memory(width * height).fill(0), palette: lut },
  }));
  for (const [index, { sprite, crop }] of places.entries()) {
    const { width, pixels } = sprites[sprite]!;
    pasteIndexed(pixels, width, tiles[index]!.places, crop);
    extrude(pixels, width, 1, crop);
  }
  return { sprites, places };
}

/** Pixels from which on a line is copied faster by a call than one by one. */
const LONG_LINE = 64;

function pasteIndexed(into: Uint8Array, row: number, places: Uint8Array, crop: Crop): void {
  const { x, y, width, height } = crop;
  for (let line = 0; line < height; line++) {
    const from = line * width;
    const to = (y + line) * row + x;
    if (width >= LONG_LINE) into.set(places.subarray(from, from + width), to);
    else for (let at = 0; at < width; at++) into[to + at] = places[from + at]!;
  }
}

/** Repeats the outermost pixels of what lies in `crop` once to every side. */
function extrude(pixels: Uint8Array, row: number, samples: 1 | 3, { x, y, width, height }: Crop): void {
  const at = (column: number, line: number) => (line * row + column) * samples;
  for (let line = y; line < y + height; line++) {
    const [first, last] = [at(x, line), at(x + width - 1, line)];
    for (let sample = 0; sample < samples; sample++) {
      pixels[first - samples + sample] = pixels[first + sample]!;
      pixels[last + samples + sample] = pixels[last + sample]!;
    }
  }
  pixels.copyWithin(at(x - 1, y - 1), at(x - 1, y), at(x + width + 1, y));
  pixels.copyWithin(at(x - 1, y + height), at(x - 1, y + height - 1), at(x + width + 1, y + height - 1));
}
