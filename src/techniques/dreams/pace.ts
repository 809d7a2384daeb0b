/** Milliseconds from one save to the next, and so what a kill costs: less than it takes to start again. */
const EVERY = 1000;
/** The share of the time that saving may take: large images and slow disks make it rarer. */
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
