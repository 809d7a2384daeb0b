import type { NodeWeights } from '../network.ts';

/** Kilobytes of weights that have been read and not been taken yet: one number, in memory that both threads see. */
export type Backlog = Int32Array<SharedArrayBuffer>;

/** More are not read before some have been taken: of a file of any size, so much is here twice. */
const MOST = 4 * 1024;
/** Milliseconds. Whoever takes weights may be busy with other things: that is not the file's fault. */
const LONGEST_WAIT = 400;

export const newBacklog = (): Backlog => new Int32Array(new SharedArrayBuffer(4));

export function kilobytesOf(weights: NodeWeights): number {
  return Math.ceil([...weights.values()].reduce((sum, { data }) => sum + data.byteLength, 0) / 1024);
}

/** Says that weights have been read, and waits where there are many that nobody has taken. */
export function addTo(backlog: Backlog, kilobytes: number): void {
  Atomics.add(backlog, 0, kilobytes);
  const until = performance.now() + LONGEST_WAIT;
  for (let left = LONGEST_WAIT; left > 0; left = until - performance.now()) {
    const now = Atomics.load(backlog, 0);
    if (now <= MOST) return;
    Atomics.wait(backlog, 0, now, left);
  }
}

/** Says that weights have been taken. */
export function takeFrom(backlog: Backlog, kilobytes: number): void {
  Atomics.sub(backlog, 0, kilobytes);
  Atomics.notify(backlog, 0);
}
