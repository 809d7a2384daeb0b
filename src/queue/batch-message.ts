import { z } from 'zod/v4';
import { withoutCredentials } from './address.ts';

/** What goes through the queue: plain data, and nothing of it is believed before it has been checked. Numbers are positions in a brief. */

const position = z
  .int()
  .min(0)
  .max(2 ** 31);
/** First and last of neighbouring numbers, one pair after the other. */
export const rangesSchema = z.array(position).max(2_000_000);
/** Of an asset. */
export const briefName = z.string().regex(/^[0-9a-f]{24}\.gz$/);

export const MOST_JOBS = 4096;

export const batchSchema = z.union([
  z.strictObject({ brief: briefName, jobs: z.array(position).min(1).max(MOST_JOBS) }),
  z.strictObject({ brief: briefName, scan: z.strictObject({ layers: rangesSchema, images: rangesSchema }) }),
  /** Only what is found out about the weights. */
  z.strictObject({ brief: briefName, weights: z.literal(true) }),
]);
export type BatchMessage = z.infer<typeof batchSchema>;

/** What a worker tells of a batch that it is computing: jobs whose results are in the store. */
export const progressSchema = z.strictObject({ done: z.array(position).max(MOST_JOBS) });

const shortText = z.string().max(10_000);

/** What a worker tells of a batch that is done: results are in the store. */
export const doneSchema = z.strictObject({
  milliseconds: z.number().min(0),
  /** Jobs of techniques that threw. */
  failed: z.array(z.strictObject({ job: position, technique: shortText, message: shortText })).max(MOST_JOBS),
});
export type BatchDone = z.infer<typeof doneSchema>;

/**
 * Why a batch could not be done. `lost`: the store lacks what the batch is computed from. `refused`: it is not what it claims to be. `failed`:
 * anything else, such as a full disk.
 */
const reasonSchema = z.strictObject({ kind: z.enum(['lost', 'refused', 'failed']), message: shortText });
export type Reason = z.infer<typeof reasonSchema>;

export function formatReason({ kind, message }: Reason): string {
  return JSON.stringify({ kind, message: withoutCredentials(message).slice(0, 2_000) });
}

/** Of the text that the queue keeps; what does not come from a worker comes from the queue itself. */
export function parseReason(text: string): Reason {
  try {
    return reasonSchema.parse(JSON.parse(text));
  } catch {
    return { kind: 'failed', message: withoutCredentials(text).slice(0, 2_000) };
  }
}

/** What a worker was sent is not what it claims to be: it is not computed, and trying again would not help. */
export class RefusedError extends Error {}

/** [3, 4, 5, 9] -> [3, 5, 9, 9] */
export function toRanges(numbers: readonly number[]): number[] {
  const ranges: number[] = [];
  for (const number of numbers) {
    if (ranges.length > 0 && ranges.at(-1) === number - 1) ranges[ranges.length - 1] = number;
    else ranges.push(number, number);
  }
  return ranges;
}

/** @param most numbers that there may be in all @throws RefusedError where the pairs are none, or there are more */
export function fromRanges(ranges: readonly number[], most: number): number[] {
  const numbers: number[] = [];
  if (ranges.length % 2 !== 0) throw new RefusedError('A range has no end.');
  for (let i = 0; i < ranges.length; i += 2) {
    const [first, last] = [ranges[i]!, ranges[i + 1]!];
    if (last < first || numbers.length + last - first >= most) throw new RefusedError('A range is too long.');
    for (let number = first; number <= last; number++) numbers.push(number);
  }
  return numbers;
}
