import { expect, it } from 'vitest';
import type { Dream } from '../../src/optim/dream.ts';
import { decode, encode } from '../../src/techniques/dreams/encode.ts';
import { batchesOf } from '../../src/techniques/dreams/make.ts';
import { Pace } from '../../src/techniques/dreams/pace.ts';

const dreamOf = (activation: number): Dream => ({
  image: { height: 1, width: 2, channels: 3, data: Float32Array.from([0, 0.1, 0.2, 0.3, 0.4, activation]) },
  frames: [
    { step: 0, height: 1, width: 1, data: Uint8Array.from([1, 2, 10]) },
    { step: 7, height: 1, width: 1, data: Uint8Array.from([4, 5, 6]) },
  ],
  ...{ activation, curve: [0, 1 / 3, NaN, -Infinity], dead: false, blocked: true },
});

it('dreams come back as they were kept, numbers that are none too', () => {
  const dreams = [dreamOf(0.5), dreamOf(NaN)];
  const bytes = encode(dreams);
  expect(decode(bytes)).toEqual(dreams);
  // Wherever in memory the bytes lie, and the arrays did.
  const shifted = Buffer.concat([Buffer.from('x'), bytes]).subarray(1);
  expect(decode(shifted)).toEqual(dreams);
  expect(decode(encode([Float32Array.from([1, 2, 3]).subarray(1)]))).toEqual([Float32Array.from([2, 3])]);
});

it('what is damaged, cut off or foreign does not come back', () => {
  const bytes = encode([dreamOf(1)]);
  expect(decode(bytes.subarray(0, bytes.length - 1))).toBeUndefined();
  expect(decode(bytes.subarray(5))).toBeUndefined();
  expect(decode(new Uint8Array(0))).toBeUndefined();
  expect(decode(Buffer.from('[]\n'))).toBeUndefined();
  for (let i = 0; i < bytes.length; i++) {
    const damaged = Uint8Array.from(bytes);
    damaged[i]! ^= 1;
    expect(decode(damaged)).toBeUndefined();
  }
});

it('those that stand alike go on together', () => {
  const at = (index: number, attempt: number, step: number) => ({
    index,
    from: { attempt, step, images: [] },
  });
  const fresh = [0, 1, 2].map((index) => ({ index, from: undefined }));
  const [far, near, retried] = [at(3, 0, 70), at(4, 0, 7), at(5, 1, 70)];
  expect(batchesOf([far, fresh[0]!, near, fresh[1]!, at(6, 0, 70), retried, fresh[2]!], 2)).toEqual([
    [far, at(6, 0, 70)],
    [fresh[0], fresh[1]],
    [fresh[2]],
    [near],
    [retried],
  ]);
});

it('saves once a second, and less often where that takes long', async () => {
  let now = 5000;
  const pace = new Pace(() => now);
  const saving = (milliseconds: number) => pace.save(() => Promise.resolve(void (now += milliseconds)));
  expect(pace.due()).toBe(false);
  now = 5999;
  expect(pace.due()).toBe(false);
  now = 6000;
  expect(pace.due()).toBe(true);
  await saving(10);
  expect(pace.due()).toBe(false);
  now = 7010;
  expect(pace.due()).toBe(true);
  // Of 100 s, 2 may go into it.
  await saving(1990);
  now = 5000 + 99_999;
  expect(pace.due()).toBe(false);
  now = 5000 + 100_000;
  expect(pace.due()).toBe(true);
});
