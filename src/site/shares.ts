/**
 * Divides numbered tasks among workers: each has a run of neighbours, which need the same files, and then takes the last ones of whoever has
 * most left.
 */
export class Shares {
  readonly #left: { next: number; end: number }[];

  constructor(tasks: number, workers: number) {
    this.#left = Array.from({ length: workers }, (_, at) => ({
      next: Math.floor((at * tasks) / workers),
      end: Math.floor(((at + 1) * tasks) / workers),
    }));
  }

  /** The task that a worker is to do now; undefined where all are done or being done. */
  next(worker: number): number | undefined {
    const own = this.#left[worker]!;
    if (own.next < own.end) return own.next++;
    const most = this.#left.reduce((a, b) => (b.end - b.next > a.end - a.next ? b : a));
    return most.next < most.end ? --most.end : undefined;
  }
}
