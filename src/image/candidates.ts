import type { Drawing } from '../schema/generated.ts';

export type ImageFile = ImageName &
  (
    | { /** Absolute. */ readonly path: string; readonly drawing?: undefined }
    | { readonly path?: undefined; readonly drawing: Drawing }
  );

interface ImageName {
  /**
   * Forward slashes; relative to the folder named, to the part of a glob before its first wildcard, or to the folder
   * that all of a list of files share: `a/01-chelsea.jpg`. A tile says its row and column from 1: `cells.png (2,3)`. One
   * that is drawn is called as if it lay in a folder of its class: `wheel/3.png`.
   */
  readonly file: string;
  /** The folder's first level below the source, or what the list of files or the drawing says. */
  readonly class?: string;
  readonly tile?: Tile;
  /** Of a tile: the image it is cut from, the same object for all its tiles. */
  readonly whole?: ImageFile;
}

/** One of `rows` x `columns` equal parts of an image; `row` and `column` count from 0. */
export interface Tile {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

/** Files, or the tiles that each is cut into, of which some are chosen. A tile is made when it is chosen: there may be a million. */
export class Candidates {
  readonly #files: readonly ImageFile[];
  readonly #tiles: { readonly rows: number; readonly columns: number } | undefined;
  /** By file and number: the same tile is the same object. */
  readonly #made: Map<ImageFile, Map<number, ImageFile>>;

  constructor(files: readonly ImageFile[], tiles?: { readonly rows: number; readonly columns: number }) {
    this.#files = files;
    this.#tiles = tiles;
    this.#made = new Map();
  }

  /** `file` of each, uncut. */
  names(): string[] {
    return this.#files.map(({ file }) => file);
  }

  get files(): number {
    return this.#files.length;
  }

  /**
   * The first ones of every class so that all have as many as can be, `limit` in all; classes that run out leave their
   * share to the others, and where it does not divide evenly the earlier classes have one more. Order is kept.
   *
   * @param limit all where it is absent
   * @param bad files of which nothing is chosen
   */
  pick(limit = Infinity, bad: ReadonlySet<ImageFile> = new Set()): readonly ImageFile[] {
    const files = this.#files.filter((file) => !bad.has(file));
    const tiles = this.#tiles ? this.#tiles.rows * this.#tiles.columns : 1;
    const sizes = new Map<string | undefined, number>();
    for (const { class: name } of files) sizes.set(name, (sizes.get(name) ?? 0) + tiles);
    const quota = files.length * tiles <= limit ? sizes : shareOut(sizes, limit);
    const picked: ImageFile[] = [];
    for (const file of files) {
      const count = Math.min(tiles, quota.get(file.class)!);
      quota.set(file.class, quota.get(file.class)! - count);
      for (let index = 0; index < count; index++) picked.push(this.#tiles ? this.#tile(file, index) : file);
    }
    return picked;
  }

  #tile(file: ImageFile, index: number): ImageFile {
    const made = this.#made.get(file) ?? new Map<number, ImageFile>();
    this.#made.set(file, made);
    const tile = made.get(index) ?? cut(file, index, this.#tiles!);
    made.set(index, tile);
    return tile;
  }
}

function cut(whole: ImageFile, index: number, tiles: { rows: number; columns: number }): ImageFile {
  const row = Math.floor(index / tiles.columns);
  const column = index % tiles.columns;
  return {
    ...{ ...whole, whole },
    file: `${whole.file} (${row + 1},${column + 1})`,
    tile: { row, column, ...tiles },
  };
}

/** How many of each class, `limit` in all. */
function shareOut(
  sizes: ReadonlyMap<string | undefined, number>,
  limit: number,
): Map<string | undefined, number> {
  const quota = new Map<string | undefined, number>([...sizes.keys()].map((name) => [name, 0]));
  let left = limit;
  while (left > 0) {
    const open = [...sizes.keys()].filter((name) => quota.get(name)! < sizes.get(name)!);
    const share = Math.max(1, Math.floor(left / open.length));
    for (const name of open.slice(0, left)) {
      const more = Math.min(share, sizes.get(name)! - quota.get(name)!);
      quota.set(name, quota.get(name)! + more);
      left -= more;
    }
  }
  return quota;
}
