/** Milliseconds between one save and the next: what a kill costs at most, and a second step of a large batch hardly takes less. */
const EVERY = 1000;
/** The share of all time that saving may take, which holds it back where the disk is slow. */
const SHARE = 0.02;

/** Says when it is time to save. */
export class Pace {
  private readonly begun: number;
  private latest: number;
  private spent = 0;

  /** @param now milliseconds, from anywhere */
  constructor(private readonly now: () => number = () => performance.now()) {
    this.begun = this.latest = now();
  }

  readonly due = (): boolean => {
    const now = this.now();
    return now - this.latest >= EVERY && this.spent <= SHARE * (now - this.begun);
  };

  /** Saves, and takes note of how long that took. */
  async save(write: () => Promise<void>): Promise<void> {
    const start = this.now();
    await write();
    this.latest = this.now();
    this.spent += this.latest - start;
  }
}
