import { createHash } from 'node:crypto';

/** Numbers in [0, 1). */
export type Random = () => number;

/**
 * A stream of its own for every text, the same on every machine and Node version: xoshiro128** (Blackman and Vigna,
 * 2018) started from the text's SHA-256. Integer arithmetic only.
 */
export function randomFrom(text: string): Random {
  const digest = createHash('sha256').update(text).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readUInt32LE(at)) as [number, number, number, number];
  return () => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return (scrambled >>> 0) / 2 ** 32;
  };
}

/** Numbers in [0, 1) of a seed and a text: mulberry32. Short, for choices; a few thousand numbers at most. */
export function seededRandom(seed: number, text: string): Random {
  let state = seed >>> 0;
  for (const letter of text) state = Math.imul(state ^ letter.codePointAt(0)!, 0x01000193) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/**
 * A standard normal number cut off at ±limit, by rejection. Math.exp, Math.log and Math.cos may differ between
 * engines in their last bits, so none of them is used.
 */
export function truncatedNormal(random: Random, limit: number): number {
  for (;;) {
    const x = (2 * random() - 1) * limit;
    if (random() < expNegative((x * x) / 2)) return x;
  }
}

/** exp(-t) for t >= 0, to about 1e-13 of its value: Taylor's series after halving, then squaring back. */
export function expNegative(t: number): number {
  let halvings = 0;
  while (t > 0.25) {
    t /= 2;
    halvings++;
  }
  let sum = 1;
  let term = 1;
  for (let n = 1; n <= 10; n++) {
    term *= -t / n;
    sum += term;
  }
  for (; halvings > 0; halvings--) sum *= sum;
  return sum;
}
