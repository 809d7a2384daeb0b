import { inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { packSteps, unpackSteps } from '../../../src/pipeline/results/pack-steps.ts';

/** Steps of which one in so many is other than 0. */
const steps = (count: number, oneIn: number): Uint16Array =>
  Uint16Array.from({ length: count }, (_, at) => (at % oneIn === 0 ? 65535 - at : 0));

it('lists the steps other than 0 behind a bit for each step', async () => {
  const sparse = new Uint16Array(100);
  sparse.set([7], 2);
  sparse.set([65535], 9);
  const packed = Buffer.from(await packSteps(sparse));
  expect([packed.readUInt32LE(0), packed.readUInt32LE(4)]).toEqual([1, 100]);
  const end = 12 + packed.readUInt32LE(8);
  const marks = inflateSync(packed.subarray(12, end));
  expect([...marks]).toEqual([0b100, 0b10, ...Array.from({ length: 11 }, () => 0)]);
  expect([...packed.subarray(end + (end & 1))]).toEqual([7, 0, 255, 255]);
});

it.each([
  ['half of them 0', steps(4096, 2), 4096 + 100],
  ['all 0', new Uint16Array(4096), 100],
  ['none 0', steps(4096, 1), 8 + 2 * 4096],
  ['a number that is no multiple of eight', steps(37, 3), 60],
  ['none at all', new Uint16Array(0), 8],
])('gives them back: %s', async (_, given, most) => {
  const packed = await packSteps(given);
  expect(packed.length).toBeLessThanOrEqual(most);
  expect(await unpackSteps(packed)).toEqual(given);
  // At an odd place, as payloads of files are.
  const odd = new Uint8Array(packed.length + 3);
  odd.set(packed, 3);
  expect(await unpackSteps(odd.subarray(3))).toEqual(given);
});
