import { OFFSET, unfilledBytes } from '../unfilled.ts';

/** Bytes of memory that weights of several nodes share: room for a matrix of 1024 x 1024, among others. */
const BLOCK = 2 ** 22 + 2 ** 12;
/** Bytes of the largest array that lies in shared memory: that is not counted in when JavaScript decides to look for what is no longer used. */
const MOST_SHARED = 2 ** 24;
/** Bytes that are kept while nobody uses them, in ascending order of size. */
const MOST_SPARE = 3 * 2 ** 23;
/** Arrays begin as far from multiples of so many bytes as `unfilledBytes` begins. */
const ALIGNMENT = 16;

/**
 * Memory for weights on their way to another thread, which gives it back: using memory for the first time costs twice as much as reading
 * into it. It is shared, since V8 makes slower code for all arrays of a thread that has ever transferred one; large arrays are transferred.
 */
export class WeightMemory {
  readonly #spare: SharedArrayBuffer[] = [];
  #block = NOTHING;
  #end = 0;

  /** Memory that holds anything. Whatever is given between two calls of `next` is handed over together, or not at all. */
  take(bytes: number): Uint8Array {
    if (bytes > MOST_SHARED) return unfilledBytes(bytes);
    const start = Math.ceil(this.#end / ALIGNMENT) * ALIGNMENT + OFFSET;
    if (start + bytes <= this.#block.byteLength) {
      this.#end = start + bytes;
      return new Uint8Array(this.#block, start, bytes);
    }
    this.#end = OFFSET + bytes;
    this.#block = this.#smallest(this.#end) ?? new SharedArrayBuffer(Math.max(this.#end, BLOCK));
    return new Uint8Array(this.#block, OFFSET, bytes);
  }

  /** What was given before is used by others from now on. */
  next(): void {
    this.#block = NOTHING;
    this.#end = 0;
  }

  /** Takes memory back that nobody uses any more. */
  give(buffer: SharedArrayBuffer): void {
    this.#spare.push(buffer);
    this.#spare.sort((a, b) => a.byteLength - b.byteLength);
    // Large pieces serve small arrays too.
    while (this.#spare.reduce((sum, { byteLength }) => sum + byteLength, 0) > MOST_SPARE) this.#spare.shift();
  }

  /** The smallest piece of spare memory that has so many bytes. */
  #smallest(bytes: number): SharedArrayBuffer | undefined {
    const at = this.#spare.findIndex(({ byteLength }) => byteLength >= bytes);
    return at < 0 ? undefined : this.#spare.splice(at, 1)[0];
  }
}

const NOTHING = new SharedArrayBuffer(0);
