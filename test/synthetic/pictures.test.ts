import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { drawCat, drawDigit, drawPattern, drawImage, patternClasses } from '../../src/synthetic/index.ts';
import { GENERATED } from '../../src/schema/generated.ts';

const sha = (data: Uint8Array) => createHash('sha256').update(data).digest('hex').slice(0, 16);
const options = { size: [48, 64], seed: 7 } as const;
const patternHash = async (name: string) => sha((await drawPattern(name, 5, options)).data);

/** Standard deviation over all values. */
function spread(data: Uint8Array): number {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
}

describe('drawn images', () => {
  // Computed with Node 20, 22 and 24 alike. Where these change, raise the drawing's version: what is cached is then stale.
  it.each([
    ['stripes', '9e1bc7e1aa41cb5a'],
    ['dots', '03c4a3cdb430f3ea'],
    ['honeycomb', 'c300823a46a83ccf'],
    ['marble', '4ee88bb82e736604'],
    ['spiral', '9df0ac4e21867405'],
    ['waves', '3f07678aaf5f190a'],
    ['heart', '774f2d182e9dd108'],
    ['letters', '353be1a0bc389af6'],
    ['bicycle', 'dc91e27039dc5eb7'],
    ['cat', 'd16da38f66912366'],
    ['tree', '5fa7e2944f5c01e2'],
  ])('are the same bytes on every version of Node: %s', async (name, expected) => {
    expect(await patternHash(name)).toBe(expected);
  });

  it('are the same bytes on every version of Node: digits and the cat', async () => {
    expect(sha((await drawDigit(8, 3, { seed: 7 })).data)).toBe('86055f81df39e13c');
    expect(sha((await drawCat([80, 100])).data)).toBe('4ad45150cc1a3dd2');
  });

  it('do not depend on what else is being drawn', async () => {
    const alone = await patternHash('owl');
    const together = await Promise.all(['cat', 'owl', 'marble', 'owl'].map(patternHash));
    expect([together[1], together[3]]).toEqual([alone, alone]);
  });

  it('differ by class, number and seed', async () => {
    const base = await patternHash('wheel');
    for (const other of [
      drawPattern('flower', 5, options),
      drawPattern('wheel', 6, options),
      drawPattern('wheel', 5, { ...options, seed: 8 }),
    ]) {
      expect(sha((await other).data)).not.toBe(base);
    }
  });

  it.each(patternClasses)('show something of whatever size: %s', async (name) => {
    for (const [height, width] of [
      [96, 96],
      [7, 40],
      [1, 1],
    ] as const) {
      const drawn = await drawPattern(name, 1, { size: [height, width], seed: 2 });
      expect(drawn).toMatchObject({ height, width, channels: 3 });
      expect(drawn.data).toHaveLength(height * width * 3);
      if (height === 96) expect(spread(drawn.data)).toBeGreaterThan(12);
    }
  });

  it('refuse a class that there is not', async () => {
    await expect(drawPattern('zebra', 0, options)).rejects.toThrow(/zebra is not one of stripes, checks/);
    await expect(drawDigit(10, 0, { seed: 0 })).rejects.toThrow('10 is not a digit');
  });
});

describe('digits', () => {
  it('are white on black, in the middle, with an empty border, as MNIST has them', async () => {
    for (let digit = 0; digit < 10; digit++) {
      const { data, height, width, channels } = await drawDigit(digit, 4, { seed: 1 });
      expect([height, width, channels]).toEqual([28, 28, 1]);
      expect(Math.max(...data)).toBeGreaterThan(180);
      const inked = [...data.keys()].filter((at) => data[at]! > 90);
      expect(inked.length).toBeGreaterThan(15);
      expect(inked.length).toBeLessThan(300);
      const mean = (of: (at: number) => number) => inked.reduce((sum, at) => sum + of(at), 0) / inked.length;
      expect(Math.abs(mean((at) => at % 28) - 13.5)).toBeLessThan(6);
      expect(Math.abs(mean((at) => Math.floor(at / 28)) - 13.5)).toBeLessThan(6);
      expect(inked.every((at) => at >= 28 && at < 27 * 28 && at % 28 > 0 && at % 28 < 27)).toBe(true);
    }
  });
});

describe('the portrait', () => {
  it('has green eyes, a pink nose and a pale chest, wherever it is shown', async () => {
    const { data, width, height } = await drawCat();
    expect([height, width]).toEqual([320, 400]);
    const at = (x: number, y: number) => [0, 1, 2].map((channel) => data[3 * (y * width + x) + channel]!);
    for (const x of [166, 240]) {
      const [red, green, blue] = at(x, 192);
      expect(green!).toBeGreaterThan(blue! + 40);
      expect(green!).toBeGreaterThan(red! - 20);
    }
    const [red, green] = at(196, 219);
    expect(red!).toBeGreaterThan(green! + 25);
    expect(Math.min(...at(190, 300))).toBeGreaterThan(90);
  });
});

describe('what experiments ask for', () => {
  it('is drawn for every kind, at its own size', async () => {
    for (const kind of ['patterns', 'digits', 'cat', 'two-classes'] as const) {
      const { classes, size } = GENERATED[kind];
      const name = classes.at(-1);
      const drawn = await drawImage({ kind, index: 0, seed: 0, size, ...(name && { class: name }) });
      expect([drawn.height, drawn.width]).toEqual(size);
    }
  });

  it('has a drawer for each of the two classes', async () => {
    const size = [32, 32] as const;
    const drawn = async (name: string) =>
      sha((await drawImage({ kind: 'two-classes', class: name, index: 2, seed: 4, size })).data);
    expect(await drawn('cats')).toBe(sha((await drawPattern('cat', 2, { size, seed: 4 })).data));
    expect(await drawn('dogs')).toBe(sha((await drawPattern('dog', 2, { size, seed: 4 })).data));
  });
});
