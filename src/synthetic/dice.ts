import { randomFrom } from '../random.ts';

/** Chance, as one draws with it. The same name gives the same throws on every machine. */
export interface Dice {
  /** Evenly from `low` to `high`. */
  readonly between: (low: number, high: number) => number;
  /** A whole number from `low` to `high`, both included. */
  readonly whole: (low: number, high: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(...among: readonly [T, ...T[]]) => T;
  /** 1 or -1. */
  readonly sign: () => 1 | -1;
}

export function diceFrom(name: string): Dice {
  const random = randomFrom(name);
  return {
    between: (low, high) => low + (high - low) * random(),
    whole: (low, high) => low + Math.floor((high - low + 1) * random()),
    chance: (probability) => random() < probability,
    pick: (...among) => among[Math.floor(random() * among.length)]!,
    sign: () => (random() < 0.5 ? 1 : -1),
  };
}
