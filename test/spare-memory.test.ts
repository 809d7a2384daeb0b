import { expect, it } from 'vitest';
import { SpareMemory } from '../src/spare-memory.ts';

it('gives the same memory again, where it is large enough and not far too large', () => {
  const spare = new SpareMemory(1000);
  const first = spare.take(100);
  expect(first.byteLength).toBe(100);
  spare.give(first);
  expect(spare.take(101)).not.toBe(first);
  expect(spare.take(20)).not.toBe(first);
  expect(spare.take(60)).toBe(first);
  expect(spare.take(60)).not.toBe(first);
});

it('holds no more than it may, and none that was handed to another thread', () => {
  const spare = new SpareMemory(150);
  const [one, other] = [spare.take(100), spare.take(90)];
  spare.give(one);
  spare.give(other);
  expect(spare.take(90)).toBe(one);
  structuredClone(other, { transfer: [other] });
  spare.give(other);
  expect(spare.take(0).byteLength).toBe(0);
});
