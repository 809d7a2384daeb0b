import { describe, expect, it } from 'vitest';
import { cosineRate, createAdamW, freshState } from '../../scripts/training/adamw.ts';
import type { Parameter } from '../../scripts/training/parameters.ts';

const parameters = (...data: number[]) =>
  new Map<string, Parameter>([['a/kernel', { shape: [data.length], data: Float32Array.from(data) }]]);
const gradients = (...data: number[]) => new Map([['a/kernel', Float32Array.from(data)]]);
const plain = { weightDecay: 0, clip: Infinity, decays: () => true };

describe('AdamW', () => {
  it('goes one learning rate against the sign of the gradient at first, however long that is', () => {
    const some = parameters(1, 1, 1);
    createAdamW(freshState(some), plain).step(some, gradients(5, -0.01, 0), 0.1);
    expect([...some.get('a/kernel')!.data].map((x) => Number(x.toFixed(4)))).toEqual([0.9, 1.1, 1]);
  });

  it('weighs the second gradient by the corrected moments', () => {
    const some = parameters(0);
    const adam = createAdamW(freshState(some), plain);
    adam.step(some, gradients(1), 0.1);
    adam.step(some, gradients(-3), 0.1);
    // m = 0.9·0.1 - 0.1·3 = -0.21, / (1 - 0.81) = -1.10526; v = 0.999·0.001 + 0.001·9 = 0.009999, / (1 - 0.998001) = 5.002
    expect(some.get('a/kernel')!.data[0]).toBeCloseTo(-0.1 + (0.1 * 1.105263) / Math.sqrt(5.002001), 5);
    expect(adam.state.steps).toBe(2);
  });

  it('shrinks weights beside the gradient, and only those that decay', () => {
    const some = new Map([...parameters(2), ['a/bias', { shape: [1], data: Float32Array.of(2) }] as const]);
    const none = new Map([...gradients(0), ['a/bias', Float32Array.of(0)] as const]);
    const settings = { ...plain, weightDecay: 0.5, decays: (name: string) => name.endsWith('/kernel') };
    createAdamW(freshState(some), settings).step(some, none, 0.1);
    expect(some.get('a/kernel')!.data[0]).toBeCloseTo(2 * (1 - 0.1 * 0.5), 6);
    expect(some.get('a/bias')!.data[0]).toBe(2);
  });

  it('shortens a gradient that is too long, all of it in proportion', () => {
    const some = parameters(0, 0);
    const adam = createAdamW(freshState(some), { ...plain, clip: 1 });
    adam.step(some, gradients(30, 40), 0.1);
    const [first, second] = adam.state.first.get('a/kernel')!;
    expect(first).toBeCloseTo(0.1 * 0.6, 6);
    expect(second).toBeCloseTo(0.1 * 0.8, 6);
  });
});

describe('the learning rate', () => {
  it('rises, reaches its height and ends near nothing', () => {
    const rates = Array.from({ length: 1000 }, (_, step) => cosineRate(step, 1000, 3e-3));
    expect(rates[0]).toBeCloseTo(3e-5 + 1e-5, 6);
    expect(rates[99]).toBeGreaterThan(2.9e-3);
    expect(Math.max(...rates)).toBeLessThan(3.02e-3);
    expect(rates[550]).toBeCloseTo(1.5e-3 * (1 + Math.cos(0.55 * Math.PI)) + 1e-5, 8);
    expect(rates[999]).toBeLessThan(2e-5);
  });
});
