import { setTimeout as sleep } from 'node:timers/promises';

/** How long a fault may last before it is no longer taken for one that passes, and how often it is looked at. Milliseconds. */
export interface Patience {
  readonly total: number;
  readonly first: number;
  readonly longest: number;
}

/** An outage is noticed to be over within a second. */
export const PATIENCE: Patience = { total: 300_000, first: 100, longest: 1_000 };

/**
 * Tries again while an error may pass, with growing pauses.
 * @param mayPass whether to try again after this error
 * @throws the last error
 */
export async function persist<T>(
  work: (attempt: number) => Promise<T>,
  mayPass: (error: unknown, attempt: number) => boolean,
  { total, first, longest }: Patience = PATIENCE,
): Promise<T> {
  const begun = performance.now();
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      // Many that failed together do not come back together.
      const pause = Math.min(longest, first * 2 ** attempt) * (0.75 + 0.25 * Math.random());
      if (!mayPass(error, attempt) || performance.now() - begun + pause > total) throw error;
      await sleep(pause);
    }
  }
}
