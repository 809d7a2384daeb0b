import { UserError } from '../errors.ts';
import type { Shard } from '../pipeline/plan/shard.ts';

/** So many shards are more than any cluster starts at a time. */
const MOST_SHARDS = 100_000;

/** `3/16`: the third of sixteen. @throws UserError */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,9})\/(\d{1,9})$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  const isCount = count >= 1 && count <= MOST_SHARDS;
  if (match && isCount && index >= 1 && index <= count) return { index, count };
  throw new UserError({
    what: `\`--shard ${text}\` is no shard.`,
    why: !match
      ? 'A shard is written as its number, a slash, and how many there are: `3/16`.'
      : isCount
        ? `Of ${count} ${count === 1 ? 'shard' : 'shards'}, the first is 1 and the last ${count}.`
        : `There may be 1 to ${MOST_SHARDS.toLocaleString('en')} shards.`,
    choices: isCount && match ? choicesOf(count) : ['1/16', '2/16', '…', '16/16'],
  });
}

function choicesOf(count: number): string[] {
  const all = Array.from({ length: Math.min(count, 24) }, (_, index) => `${index + 1}/${count}`);
  return count > 24 ? [...all.slice(0, 3), '…', `${count}/${count}`] : all;
}
