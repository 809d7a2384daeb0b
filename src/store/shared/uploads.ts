import pLimit from 'p-limit';

/** What waits for the store at most: beyond that, writing waits. */
const MOST = { bytes: 64 * 2 ** 20, entries: 1_000 } as const;

/** Requests at a time. */
const AT_ONCE = 16;

/** Work for the store that goes on while others compute. Bounded, and stopped by its first failure. */
export class Uploads {
  private readonly limit = pLimit(AT_ONCE);
  private readonly running = new Set<Promise<void>>();
  private readonly waiting: (() => void)[] = [];
  private bytes = 0;
  private entries = 0;
  private failure: unknown;

  /**
   * Returns when there is room for it, before it is done.
   * @param after starts it only when all that was added before has ended: a record never speaks of what is not there
   * @throws the first failure of the queue, now and from then on
   */
  async add(bytes: number, work: () => Promise<void>, { after = false } = {}): Promise<void> {
    while (this.failure === undefined && this.entries > 0 && this.isFull(bytes)) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.throwFailure();
    this.bytes += bytes;
    this.entries += 1;
    const before = after ? [...this.running] : [];
    const run = async (): Promise<void> => {
      try {
        await Promise.all(before);
        if (this.failure === undefined) await this.limit(work);
      } catch (error) {
        this.failure ??= error;
      } finally {
        this.bytes -= bytes;
        this.entries -= 1;
        this.running.delete(running);
        for (const resolve of this.waiting.splice(0)) resolve();
      }
    };
    const running: Promise<void> = Promise.resolve().then(run);
    this.running.add(running);
  }

  /** Waits until all that was added is done. @throws the first failure; the queue can be used again after that */
  async flush(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure as Error;
  }

  private isFull(bytes: number): boolean {
    return this.bytes + bytes > MOST.bytes || this.entries >= MOST.entries;
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure as Error;
  }
}
