import type * as H5 from 'h5wasm';

/** Bytes that the library holds at a time of an array in one piece: they stay in the processor's cache. */
const PIECE = 2 ** 20;
/** The same of an array that is packed in pieces of its own. */
const UNPACKED = 2 ** 25;
/** Bytes from which on pieces go where they are to be without passing through memory of the library, which smaller ones are read ahead into. */
const LARGE = 2 ** 16;

/**
 * While `read` runs: bytes of the file that the library asks for in one piece of the target's size, to put them at an address of its memory,
 * are put into the target instead.
 *
 * @returns whether it asked for them
 */
export type Divert = (address: number, target: Uint8Array, read: () => void) => boolean;

/**
 * Reads an array through memory of the library.
 *
 * @param take is called with one piece after the other, in the byte order of this machine, and the number of values before it; the bytes
 *   are there until it returns
 * @param direct where the bytes go without passing through that memory, if they lie in the file as they are to be
 */
export function readPieces(
  h5: typeof H5,
  dataset: H5.Dataset,
  take: (bytes: Uint8Array, at: number) => void,
  direct?: { readonly divert: Divert; readonly target: Uint8Array },
): void {
  const { shape: found, size, chunks } = dataset.metadata;
  const shape = found ?? [];
  const count = shape.reduce((product, n) => product * n, 1);
  if (count === 0) return;
  // The first axes of which one place at a time is read, and the one that is cut into pieces.
  const axis = chunks ? 0 : cutAxis(shape, size);
  const outer = shape.slice(0, axis).reduce((product, n) => product * n, 1);
  const rows = shape[axis] ?? 1;
  const rowBytes = (count / outer / rows) * size;
  const perPiece = Math.min(rows, rowsPerPiece(rowBytes, chunks?.[0]));
  const read = (memory: Read, place: readonly number[], row: number, at: number): void => {
    const taken = Math.min(perPiece, rows - row);
    const isWhole = outer === 1 && taken === rows;
    const from = shape.map((_, i) => place[i] ?? (i === axis ? row : 0));
    const to = shape.map((n, i) => (i < axis ? place[i]! + 1 : i === axis ? row + taken : n));
    const bytes = taken * rowBytes;
    let held: Uint8Array = NOTHING;
    const run = (): void => void (held = memory(dataset, bytes, isWhole ? undefined : { from, to }));
    const target = bytes >= LARGE ? direct?.target.subarray(at * size, at * size + bytes) : undefined;
    if (target && direct!.divert(memory.start, target, run)) return;
    if (!target) run();
    take(held, at);
  };
  borrow(h5, perPiece * rowBytes, (memory) => {
    for (let block = 0; block < outer; block++) {
      const place = placeOf(block, shape.slice(0, axis));
      for (let row = 0; row < rows; row += perPiece)
        read(memory, place, row, ((block * rows + row) * rowBytes) / size);
    }
  });
}

const NOTHING = new Uint8Array(0);

/** The first axis of which one row is no larger than a piece. */
function cutAxis(shape: readonly number[], size: number): number {
  let bytes = size;
  let axis = shape.length - 1;
  while (axis > 0 && bytes * shape[axis]! <= PIECE) bytes *= shape[axis--]!;
  return Math.max(axis, 0);
}

/** The indices of one of all places, which are counted row by row. */
function placeOf(count: number, shape: readonly number[]): readonly number[] {
  const place: number[] = [];
  let rest = count;
  for (const n of [...shape].reverse()) {
    place.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return place;
}

function rowsPerPiece(rowBytes: number, packed: number | undefined): number {
  const most = Math.max(1, Math.floor((packed === undefined ? PIECE : UNPACKED) / rowBytes));
  if (packed === undefined) return most;
  // A piece of the file that is read in parts is unpacked for each of them.
  const whole = Math.ceil(most / packed) * packed;
  return whole * rowBytes <= 4 * UNPACKED ? whole : most;
}

/** Reads the last value of an array, if it has any. */
export function readLast(h5: typeof H5, dataset: H5.Dataset): void {
  const { shape, size } = dataset.metadata;
  if (!shape?.length || shape.includes(0)) return;
  borrow(h5, size, (memory) => memory(dataset, size, { from: shape.map((n) => n - 1), to: shape }));
}

interface Block {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

interface Read {
  /** Reads a block of a dataset, or all of it, which has so many bytes. */
  (dataset: H5.Dataset, bytes: number, block: Block | undefined): Uint8Array;
  /** Where the bytes are put. */
  readonly start: number;
}

function borrow({ Module }: typeof H5, most: number, use: (read: Read) => void): void {
  const start = Module._malloc(most);
  if (start === 0) throw new Error(`${most} bytes cannot be had`);
  const read = ({ file_id: file, path }: H5.Dataset, bytes: number, block: Block | undefined): Uint8Array => {
    const count = block && block.to.map((n, i) => BigInt(n - block.from[i]!));
    const offset = block && block.from.map(BigInt);
    const strides = block && block.from.map(() => 1n);
    Module.get_dataset_data(file, path, count ?? null, offset ?? null, strides ?? null, BigInt(start));
    return Module.HEAPU8.subarray(start, start + bytes);
  };
  try {
    use(Object.assign(read, { start }));
  } finally {
    Module._free(start);
  }
}
