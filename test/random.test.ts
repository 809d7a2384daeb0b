import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { initialize } from '../src/model/initializers.ts';
import { expNegative, randomFrom, truncatedNormal } from '../src/random.ts';

const sha256 = (data: Float32Array): string =>
  createHash('sha256').update(new Uint8Array(data.buffer)).digest('hex');

describe('randomFrom', () => {
  it('is xoshiro128** started from the SHA-256', () => {
    // The same generator written with BigInt, from its authors' C code.
    const mask = 0xffffffffn;
    const rotl = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
    const digest = createHash('sha256').update('some text').digest();
    const s = [0, 4, 8, 12].map((at) => BigInt(digest.readUInt32LE(at))) as [bigint, bigint, bigint, bigint];
    const next = (): number => {
      const result = (rotl((s[1] * 5n) & mask, 7n) * 9n) & mask;
      const t = (s[1] << 9n) & mask;
      s[2] ^= s[0];
      s[3] ^= s[1];
      s[1] ^= s[2];
      s[0] ^= s[3];
      s[2] ^= t;
      s[3] = rotl(s[3], 11n);
      return Number(result) / 2 ** 32;
    };
    const random = randomFrom('some text');
    for (let i = 0; i < 1000; i++) expect(random()).toBe(next());
  });
});

it('expNegative is exp(-t)', () => {
  for (let t = 0; t < 20; t += 0.037) {
    expect(Math.abs(expNegative(t) / Math.exp(-t) - 1)).toBeLessThan(1e-12);
  }
});

it('truncatedNormal has the spread of a normal distribution cut off', () => {
  const random = randomFrom('normal');
  const values = Array.from({ length: 40_000 }, () => truncatedNormal(random, 2));
  const mean = values.reduce((a, b) => a + b) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
  expect(Math.max(...values.map(Math.abs))).toBeLessThan(2);
  expect(Math.abs(mean)).toBeLessThan(0.02);
  // Of a standard normal cut off at two deviations.
  expect(deviation).toBeCloseTo(0.8796, 2);
});

describe('initialize', () => {
  const shape = [3, 3, 16, 32];
  const [fanIn, fanOut] = [9 * 16, 9 * 32];
  const draw = (initializer: string) =>
    initialize({ name: 'kernel', shape, initializer }, randomFrom(initializer));

  it.each([
    ['glorot_uniform', 2 / (fanIn + fanOut)],
    ['glorot_normal', 2 / (fanIn + fanOut)],
    ['he_uniform', 2 / fanIn],
    ['he_normal', 2 / fanIn],
    ['lecun_uniform', 1 / fanIn],
    ['lecun_normal', 1 / fanIn],
    ['random_normal', 0.05 ** 2],
    ['random_uniform', 0.05 ** 2 / 3],
  ])('%s has the variance of Keras', (name, variance) => {
    const values = draw(name);
    const actual = values.reduce((sum, x) => sum + x * x, 0) / values.length;
    expect(actual / variance).toBeGreaterThan(0.93);
    expect(actual / variance).toBeLessThan(1.07);
  });

  it('fills with zeros and ones', () => {
    expect(new Set(draw('zeros'))).toEqual(new Set([0]));
    expect(new Set(draw('ones'))).toEqual(new Set([1]));
  });

  // The very bits, on every machine and Node version: images of random networks are shared by their seed.
  it('gives the same bits everywhere', () => {
    expect(sha256(draw('glorot_uniform'))).toMatchInlineSnapshot(
      `"752665bc8867097671aa9c83d7e7fd99de9d0fdedd6dc8764c421bc91d769ff7"`,
    );
    expect(sha256(draw('he_normal'))).toMatchInlineSnapshot(
      `"0739d373cad9de549d481fa408c48c2f74da20e11ceca0001c78f377fb50a86c"`,
    );
    expect(sha256(draw('random_normal'))).toMatchInlineSnapshot(
      `"392f30a49b0d9015329f6bb7a0fb0a270087d59a9f81da11a0a7271de00f7d98"`,
    );
  });
});
