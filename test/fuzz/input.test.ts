import { describe, expect, it } from 'vitest';
import { makeInput, minimise, signatureOf } from '../../scripts/fuzz/input.ts';
import { createRandom } from '../../scripts/fuzz/random.ts';
import { endingOf, originOf } from '../../scripts/fuzz/target.ts';
import { targets } from '../../scripts/fuzz/targets/index.ts';

describe.each(targets)('inputs of $name', (target) => {
  it('are its corpus and then damage, the same for the same seed', async () => {
    const corpus = await target.corpus();
    expect(corpus.length).toBeGreaterThanOrEqual(4);
    expect(Buffer.from((await makeInput(target, corpus, 1, 0)).bytes).equals(corpus[0]!.bytes)).toBe(true);
    let changed = 0;
    for (let index = corpus.length; index < corpus.length + 12; index++) {
      const [one, again] = [
        await makeInput(target, corpus, 7, index),
        await makeInput(target, corpus, 7, index),
      ];
      expect(Buffer.from(one.bytes).equals(again.bytes)).toBe(true);
      expect(one.name).toBe(again.name);
      const sample = corpus.find(
        ({ name }) => originOf(name) === originOf(one.name) && endingOf(name) === endingOf(one.name),
      );
      if (!Buffer.from(one.bytes).equals(sample!.bytes)) changed++;
    }
    expect(changed).toBeGreaterThan(8);
  });
});

describe('names of inputs', () => {
  it.each([
    ['lenet.weights.h5', 'lenet', '.weights.h5'],
    ['lenet~7-120.weights.h5', 'lenet', '.weights.h5'],
    ['a~1-2.json', 'a', '.json'],
  ])('%s comes from %s and ends in %s', (name, origin, ending) => {
    expect([originOf(name), endingOf(name)]).toEqual([origin, ending]);
  });
});

describe('random numbers', () => {
  it('differ by seed and number, and use their whole range', () => {
    const first = (seed: number, index: number) => createRandom(seed, index).below(2 ** 30);
    expect(
      new Set([0, 1, 2, 3].flatMap((seed) => [0, 1, 2, 3].map((index) => first(seed, index)))).size,
    ).toBe(16);
    const random = createRandom(1);
    const seen = new Set(Array.from({ length: 500 }, () => random.below(10)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('a failing input', () => {
  it('loses all that it does not fail by', async () => {
    const input = Buffer.from(`${'x'.repeat(500)}bad${'y'.repeat(300)}worse${'z'.repeat(200)}`);
    const fails = (bytes: Uint8Array) => Promise.resolve(/bad.*worse/.test(Buffer.from(bytes).toString()));
    expect(Buffer.from(await minimise(input, fails, 1000)).toString()).toBe('badworse');
  });

  it('is left as it is after so many tries', async () => {
    let asked = 0;
    const fails = () => Promise.resolve(asked++ < 0);
    expect(await minimise(Buffer.alloc(1000), fails, 30)).toHaveLength(1000);
    expect(asked).toBe(30);
  });

  it('is known by its error without the names and numbers in it', () => {
    const at = (message: string, name: string) =>
      Object.assign(new TypeError(message), {
        stack: `TypeError: ${message}\n    at async ${name} (a.ts:1:2)`,
      });
    expect(signatureOf(at('layer "a" has 3', 'read'))).toBe(signatureOf(at('layer "bc" has 77', 'read')));
    expect(signatureOf(at('layer "a" has 3', 'read'))).not.toBe(signatureOf(at('layer "a" has 3', 'load')));
  });
});
