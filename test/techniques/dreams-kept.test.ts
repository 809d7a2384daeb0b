import { expect, it } from 'vitest';
import { decodeDreams, encodeDreams } from '../../src/techniques/dreams/keep.ts';
import type { KeptDream } from '../../src/techniques/dreams/keep.ts';

const dreamOf = (activation: number): KeptDream => ({
  picture: { height: 1, width: 2, channels: 3, data: Float32Array.from([0, 0.1, 0.2, 0.3, 0.4, activation]) },
  frames: [
    { step: 0, height: 1, width: 1, data: Uint8Array.from([1, 2, 10]) },
    { step: 7, height: 1, width: 1, data: Uint8Array.from([4, 5, 6]) },
  ],
  ...{ activation, curve: [0, 1 / 3, NaN], dead: false, unconverged: true },
});

it('dreams come back as they were kept, numbers that are none too', () => {
  const dreams = [dreamOf(0.5), dreamOf(NaN)];
  const bytes = encodeDreams(dreams);
  expect(decodeDreams(bytes, 2)).toEqual(dreams);
  // Wherever in memory the bytes lie.
  const shifted = Buffer.concat([Buffer.from('x'), bytes]).subarray(1);
  expect(decodeDreams(shifted, 2)).toEqual(dreams);
});

it('what is damaged, cut off or of another number does not come back', () => {
  const bytes = encodeDreams([dreamOf(1)]);
  expect(decodeDreams(bytes, 2)).toBeUndefined();
  expect(decodeDreams(bytes.subarray(0, bytes.length - 1), 1)).toBeUndefined();
  expect(decodeDreams(bytes.subarray(5), 1)).toBeUndefined();
  expect(decodeDreams(new Uint8Array(0), 1)).toBeUndefined();
});
