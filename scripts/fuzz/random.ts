/** Numbers from a seed: the same on every machine, so that a finding can be made again. */
export interface Random {
  /** A whole number from 0 to `count` - 1. */
  below(count: number): number;
  pick<T>(items: readonly T[]): T;
}

/** Marsaglia's xorshift on 32 bits; `index` gives each input of a run a stream of its own. */
export function createRandom(seed: number, index = 0): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
  for (let round = 0; round < 4; round++) next();
  const below = (count: number) => Math.floor((next() / 2 ** 32) * count);
  return { below, pick: (items) => items[below(items.length)]! };
}
