import { createRandom } from './random.ts';
import type { Sample, Target } from './target.ts';
import { endingOf, originOf } from './target.ts';

/** The input of that number: the corpus as it is first, damage after that. The same for the same seed. */
export async function makeInput(
  target: Target,
  corpus: readonly Sample[],
  seed: number,
  index: number,
): Promise<Sample> {
  const sound = corpus[index];
  const random = createRandom(seed, index);
  const sample = sound ?? random.pick(corpus);
  const bytes = sound ? sound.bytes : await target.mutate(sample, random, random.pick(corpus));
  return { name: `${originOf(sample.name)}~${seed}-${index}${endingOf(sample.name)}`, bytes };
}

/** What makes two findings one: the kind of error and where it came from, without the numbers and names in it. */
export function signatureOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${String(error).slice(0, 100)}`;
  const message = error.message.replaceAll(/`[^`]*`|"[^"]*"|'[^']*'/g, '…').replaceAll(/\d+/g, '#');
  const frame = /^\s+at (?:async )?([\w.<>#$ ]+) \(/m.exec(error.stack ?? '')?.[1] ?? 'unknown';
  return `${error.name}: ${message.slice(0, 100)} in ${frame}`;
}

/**
 * Leaves out parts of an input, large ones first, as long as it still fails.
 * @param tries how often `fails` may be asked
 */
export async function minimise(
  bytes: Uint8Array,
  fails: (bytes: Uint8Array) => Promise<boolean>,
  tries: number,
): Promise<Uint8Array> {
  let smallest = bytes;
  let left = tries;
  for (let size = Math.ceil(bytes.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length;) {
      if (left-- <= 0) return smallest;
      const shorter = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (await fails(shorter)) smallest = shorter;
      else at += size;
    }
  }
  return smallest;
}
