import type { Histogram } from './facts.ts';

/** Bins on either side of zero. */
const BINS = 64;

/**
 * Counts values that come one by one, whose range is not known before. Bins begin at zero and are a power of two wide; where
 * a value does not fit, pairs of neighbours become one. So the counts are exact, and the same in any order.
 */
export class GrowingHistogram {
  /** Bin i counts values from (i - BINS)·width to below (i - BINS + 1)·width. */
  #counts = new Uint32Array(2 * BINS);
  /** Undefined while only zeros came: they fit any width. */
  #width: number | undefined;
  #zeros = 0;

  /** Values that are not finite count nowhere. */
  add(value: number): void {
    if (!Number.isFinite(value)) return;
    if (value === 0) {
      this.#zeros += 1;
      return;
    }
    this.#width ??= 2 ** (Math.floor(Math.log2(Math.abs(value))) - 8);
    while (!this.#fits(value)) this.#widen();
    this.#counts[Math.floor(value / this.#width) + BINS]! += 1;
  }

  #fits(value: number): boolean {
    const bin = Math.floor(value / this.#width!);
    return bin >= -BINS && bin < BINS;
  }

  #widen(): void {
    const merged = new Uint32Array(2 * BINS);
    for (const [bin, count] of this.#counts.entries()) merged[Math.floor((bin - BINS) / 2) + BINS]! += count;
    this.#counts = merged;
    this.#width! *= 2;
  }

  /** From the first bin that counts anything, or zero, to the last; undefined where there was no value. */
  read(): Histogram | undefined {
    if (this.#width === undefined) {
      return this.#zeros > 0 ? { counts: [this.#zeros], range: [0, 1] } : undefined;
    }
    const counts = this.#counts.slice();
    counts[BINS]! += this.#zeros;
    const used = [...counts.keys()].filter((bin) => counts[bin]! > 0);
    const first = Math.min(used[0]!, BINS);
    const last = Math.max(used.at(-1)!, BINS - 1);
    const width = this.#width;
    return {
      counts: [...counts.subarray(first, last + 1)],
      range: [(first - BINS) * width, (last + 1 - BINS) * width],
    };
  }
}
