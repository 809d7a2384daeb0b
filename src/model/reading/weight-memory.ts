import { OFFSET, unfilledBytes } from '../unfilled.ts';

/** Bytes of a piece of memory that arrays of several nodes lie in: room for kernels of 3x3 for 512 channels. The system gives what is used of it. */
const BLOCK = 10 * 2 ** 20;
/** Pieces that are kept while nobody uses them. */
const MOST_SPARE = 3;
/** Arrays begin as far from multiples of so many bytes as `unfilledBytes` begins. */
const ALIGNMENT = 16;

/**
 * Memory for weights on their way to another thread, which gives it back: using memory for the first time costs twice as much as reading
 * into it. It is shared, since V8 makes slower code for all arrays of a thread that has ever transferred one. Larger arrays are transferred:
 * shared memory is not counted in when JavaScript decides to look for what is no longer used.
 */
export class WeightMemory {
  readonly #spare: SharedArrayBuffer[] = [];
  #block = NOTHING;
  #end = 0;

  /** Memory that holds anything. Whatever is given between two calls of `next` is handed over together, or not at all. */
  take(bytes: number): Uint8Array {
    if (OFFSET + bytes > BLOCK) return unfilledBytes(bytes);
    let start = Math.ceil(this.#end / ALIGNMENT) * ALIGNMENT + OFFSET;
    if (start + bytes > this.#block.byteLength) {
      // The one that came back last is in the processor's cache.
      this.#block = this.#spare.pop() ?? new SharedArrayBuffer(BLOCK);
      start = OFFSET;
    }
    this.#end = start + bytes;
    return new Uint8Array(this.#block, start, bytes);
  }

  /** What was given before is used by others from now on. */
  next(): void {
    this.#block = NOTHING;
    this.#end = 0;
  }

  /** Takes memory back that nobody uses any more. */
  give(buffer: SharedArrayBuffer): void {
    if (this.#spare.length < MOST_SPARE) this.#spare.push(buffer);
  }
}

const NOTHING = new SharedArrayBuffer(0);
