import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../src/random.ts';
import {
  createResampling,
  drawCrop,
  drawPlacement,
  drawResampling,
  STILL,
} from '../../src/optim/transform.ts';
import type { Placement } from '../../src/optim/transform.ts';
import { dot, noise, slopeError } from './finite-differences.ts';

const size = { height: 7, width: 9 };
const places = 63;
const lucid = { jitter: 8, scale: 0.1, rotate: 10, settle: 4 };

function apply(placement: Placement, plane: Float32Array): Float32Array {
  const out = new Float32Array(places);
  createResampling(size, placement).apply(plane, out);
  return out;
}

describe('a resampling', () => {
  const plane = noise(places, 'plane', 0, 1);

  it('leaves an image as it is where nothing moves', () => {
    expect(apply(STILL, plane)).toEqual(plane);
  });

  it('moves by whole pixels without blurring; what comes in over the border is grey', () => {
    const moved = apply({ linear: [1, 0, 0, 1], shift: [2, -1] }, plane);
    for (let y = 0; y < 7; y++) {
      for (let x = 0; x < 9; x++) {
        const inside = y + 2 < 7 && x - 1 >= 0;
        expect(moved[y * 9 + x]).toBe(inside ? plane[(y + 2) * 9 + x - 1] : 0.5);
      }
    }
  });

  it('turns by a right angle about the middle', () => {
    const square = { height: 5, width: 5 };
    const from = noise(25, 'square', 0, 1);
    const out = new Float32Array(25);
    createResampling(square, { linear: [0, -1, 1, 0], shift: [0, 0] }).apply(from, out);
    // Row y, column x of the result lies at row 4 - x, column y of the image.
    for (let y = 0; y < 5; y++) {
      for (let x = 0; x < 5; x++) expect(out[y * 5 + x]).toBeCloseTo(from[(4 - x) * 5 + y]!, 6);
    }
  });

  it('keeps a constant grey image grey, whatever is drawn', () => {
    const random = randomFrom('grey');
    for (let i = 0; i < 20; i++) {
      for (const value of apply(drawPlacement(lucid, random), new Float32Array(places).fill(0.5))) {
        expect(value).toBeCloseTo(0.5, 6);
      }
    }
  });

  it('sends a gradient back as its transpose does, and as finite differences say', async () => {
    const random = randomFrom('placements');
    for (let i = 0; i < 5; i++) {
      const placement = drawPlacement(lucid, random);
      const weights = noise(places, `weights ${i}`);
      const gradient = new Float32Array(places);
      createResampling(size, placement).addTransposed(weights, gradient);
      const of = (x: Float32Array): number => dot(apply(placement, x), weights);
      expect(await slopeError(of, plane, gradient, noise(places, `direction ${i}`))).toBeLessThan(1e-4);
    }
  });
});

describe('a piece', () => {
  it('lies within the image, between the smallest size and the whole', () => {
    const random = randomFrom('pieces');
    const sides: number[] = [];
    for (let i = 0; i < 300; i++) {
      const { linear, shift } = drawCrop(0.4, size, random);
      sides.push(linear[0]);
      expect(linear).toEqual([linear[0], 0, 0, linear[0]]);
      for (const [axis, length] of [size.height, size.width].entries()) {
        expect(Math.abs(shift[axis]!) + (linear[0] * length) / 2).toBeLessThanOrEqual(length / 2 + 1e-9);
      }
    }
    expect(Math.min(...sides)).toBeGreaterThanOrEqual(0.4);
    expect(Math.min(...sides)).toBeLessThan(0.42);
    expect(Math.max(...sides)).toBeGreaterThan(0.98);
  });

  it('has the noise that was asked for, on every plane the same', () => {
    const large = { height: 40, width: 40 };
    const settings = { jitter: 0, scale: 0, rotate: 0, settle: 0, crop: 0.5 };
    const shown = (deviation: number, plane: Float32Array): Float32Array => {
      const into = new Float32Array(1600);
      drawResampling({ ...settings, noise: deviation }, large, randomFrom('noise')).apply(plane, into);
      return into;
    };
    const [one, other] = [noise(1600, 'one', 0, 1), noise(1600, 'other', 0, 1)];
    const added = shown(0.05, one).map((value, i) => value - shown(0, one)[i]!);
    const deviation = Math.sqrt(dot(added, added) / added.length);
    expect(deviation).toBeGreaterThan(0.045);
    expect(deviation).toBeLessThan(0.055);
    const second = shown(0.05, other).map((value, i) => value - shown(0, other)[i]!);
    for (const [i, value] of second.entries()) expect(value).toBeCloseTo(added[i]!, 5);
  });
});

describe('what is drawn', () => {
  it('is the same for the same stream, and spans what the settings say', () => {
    const draw = (): Placement[] => {
      const random = randomFrom('same');
      return Array.from({ length: 500 }, () => drawPlacement(lucid, random));
    };
    const drawn = draw();
    expect(drawn).toEqual(draw());
    const scales = drawn.map(({ linear }) => 1 / Math.hypot(linear[0], linear[2]));
    const degrees = drawn.map(({ linear }) => (Math.atan2(linear[2], linear[0]) * 180) / Math.PI);
    expect(Math.min(...scales)).toBeCloseTo(0.9, 5);
    expect(Math.max(...scales)).toBeCloseTo(1.1, 5);
    expect(Math.min(...degrees)).toBeCloseTo(-10, 5);
    expect(Math.max(...degrees)).toBeCloseTo(10, 5);
    expect(degrees.filter((angle) => Math.abs(angle) < 1e-6).length).toBeGreaterThan(60);
    const shifts = drawn.flatMap(({ shift }) => shift);
    expect(Math.max(...shifts.map(Math.abs))).toBeLessThanOrEqual(4 + 2 * 1.4 * 1.12);
    expect(Math.max(...shifts)).toBeGreaterThan(4);
  });

  it('does not move where nothing may', () => {
    const still = { jitter: 0, scale: 0, rotate: 0, settle: 0 };
    const { linear, shift } = drawPlacement(still, randomFrom('still'));
    expect([...linear, ...shift].map((value) => value + 0)).toEqual([1, 0, 0, 1, 0, 0]);
  });
});
