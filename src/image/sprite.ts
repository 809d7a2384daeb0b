import { paste, type Bitmap } from './bitmap.ts';

/** WebP allows no longer side; browsers show images of this size on small devices too. */
export const MAX_SPRITE_SIDE = 4096;
const GUTTER = 1;

export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Sprites {
  readonly sprites: readonly Bitmap[];
  /** For every tile, in order: which sprite holds it and where. */
  readonly places: readonly { readonly sprite: number; readonly crop: Crop }[];
}

/**
 * Many small images on few large ones: in reading order on a nearly square grid, as many sprites as it takes to keep
 * every side within `maxSide`. Around each tile its outermost pixels are repeated once, so that a crop which a browser
 * scales takes no colour from its neighbours. What a grid leaves free is black.
 *
 * @param options.columns fixed number of tiles in a row
 * @throws RangeError where a single tile is larger than `maxSide`
 */
export function composeSprites(
  tiles: readonly Bitmap[],
  options: { readonly columns?: number; readonly maxSide?: number } = {},
): Sprites {
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
  const sprites: Bitmap[] = [];
  const places: { sprite: number; crop: Crop }[] = [];
  for (let start = 0; start < tiles.length; start += perSprite) {
    const group = tiles.slice(start, start + perSprite);
    const square = Math.ceil(Math.sqrt((group.length * cellHeight) / cellWidth));
    const columns = Math.min(options.columns ?? square, most.columns, group.length);
    const rows = Math.ceil(group.length / columns);
    // A nearly square grid may be a row too high where the limit is tight.
    const across = rows > most.rows ? Math.ceil(group.length / most.rows) : columns;
    const sprite = blank(across * cellWidth, Math.ceil(group.length / across) * cellHeight);
    group.forEach((tile, index) => {
      const x = (index % across) * cellWidth + GUTTER;
      const y = Math.floor(index / across) * cellHeight + GUTTER;
      paste(sprite, tile, x, y);
      extrude(sprite, { x, y, width: tile.width, height: tile.height });
      places.push({ sprite: sprites.length, crop: { x, y, width: tile.width, height: tile.height } });
    });
    sprites.push(sprite);
  }
  return { sprites, places };
}

function blank(width: number, height: number): Bitmap {
  return { width, height, rgb: new Uint8Array(width * height * 3) };
}

/** Repeats the outermost pixels of what lies in `crop` once to every side. */
function extrude({ rgb, width: row }: Bitmap, { x, y, width, height }: Crop): void {
  const at = (column: number, line: number) => (line * row + column) * 3;
  for (let line = y; line < y + height; line++) {
    rgb.copyWithin(at(x - 1, line), at(x, line), at(x + 1, line));
    rgb.copyWithin(at(x + width, line), at(x + width - 1, line), at(x + width, line));
  }
  rgb.copyWithin(at(x - 1, y - 1), at(x - 1, y), at(x + width + 1, y));
  rgb.copyWithin(at(x - 1, y + height), at(x - 1, y + height - 1), at(x + width + 1, y + height - 1));
}
