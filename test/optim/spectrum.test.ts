import { beforeAll, describe, expect, it } from 'vitest';
import { createSpectrum, fourierBasis, naturalScale, resizeCoefficients } from '../../src/optim/spectrum.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { dot, noise } from './finite-differences.ts';

describe('the basis', () => {
  it.each([1, 2, 5, 8, 12])('of %i columns is orthonormal', (n) => {
    const basis = fourierBasis(n);
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        let product = 0;
        for (let row = 0; row < n; row++) product += basis[row * n + a]! * basis[row * n + b]!;
        expect(product).toBeCloseTo(a === b ? 1 : 0, 6);
      }
    }
  });

  it('holds a constant, cosines and sines, and what alternates', () => {
    const half = Math.SQRT1_2;
    const columns = [
      [0.5, 0.5, 0.5, 0.5],
      [half, 0, -half, 0],
      [0, half, 0, -half],
      [0.5, -0.5, 0.5, -0.5],
    ];
    const basis = fourierBasis(4);
    columns.forEach((column, c) =>
      column.forEach((value, row) => expect(basis[row * 4 + c]).toBeCloseTo(value, 6)),
    );
  });
});

describe('the natural scale', () => {
  it('falls off as 1/f from one cycle over the longer side on, and lets no checkerboard through', () => {
    const size = { height: 4, width: 8 };
    const scale = naturalScale(size);
    const of = (f: number, floor = f): number => (Math.SQRT2 / 4 / floor) * Math.exp(-((f / 0.4) ** 4));
    expect(scale[0]).toBeCloseTo(of(0, 1 / 8), 5); // no cycle counts as one
    expect(scale[1]).toBeCloseTo(of(1 / 8), 5); // one cycle over 8 pixels
    expect(scale[3]).toBeCloseTo(of(1 / 4), 5); // two
    expect(scale[8]).toBeCloseTo(of(1 / 4), 5); // one cycle over 4 pixels downwards
    expect(scale[7]).toBeCloseTo(of(1 / 2), 5); // alternating
    expect(scale[9]).toBeCloseTo(of(Math.hypot(1 / 4, 1 / 8)), 5);
    // A checkerboard weighs nothing to speak of beside stripes of four pixels.
    expect(scale[31]! / scale[3]!).toBeLessThan(1e-4);
  });
});

describe.each(availableBackends)('a spectrum on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([
    [1, 6, 5],
    [3, 8, 12],
  ])('of %i channels of %i x %i is the plain double sum, and back', async (channels, height, width) => {
    const spectrum = createSpectrum({ height, width }, channels);
    const coefficients = noise(channels * height * width, 'coefficients');
    const values = await spectrum.toSpace(coefficients);
    const [down, across] = [fourierBasis(height), fourierBasis(width)];
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          let sum = 0;
          for (let k = 0; k < height; k++) {
            for (let l = 0; l < width; l++) {
              const coefficient = coefficients[(c * height + k) * width + l]!;
              sum += down[y * height + k]! * coefficient * across[x * width + l]!;
            }
          }
          expect(values[(c * height + y) * width + x]).toBeCloseTo(sum, 5);
        }
      }
    }
    const back = await spectrum.toFrequencies(values);
    back.forEach((value, i) => expect(value).toBeCloseTo(coefficients[i]!, 5));
    spectrum.dispose();
  });

  it('sends a gradient back as its transpose does', async () => {
    const spectrum = createSpectrum({ height: 7, width: 10 }, 3);
    const a = noise(210, 'a');
    const b = noise(210, 'b');
    // <A a, b> = <a, Aᵀ b> for all a and b: finite differences of something linear, without their error.
    expect(dot(await spectrum.toSpace(a), b)).toBeCloseTo(dot(a, await spectrum.toFrequencies(b)), 4);
    spectrum.dispose();
  });

  it('shows the same image at twice the size', async () => {
    const small = { height: 8, width: 8 };
    const large = { height: 16, width: 16 };
    // One cycle across, two down, in units of the natural scale.
    const coefficients = new Float32Array(64);
    coefficients[3 * 8 + 1] = 1;
    const render = async (size: typeof small, from: Float32Array): Promise<Float32Array> => {
      const spectrum = createSpectrum(size, 1);
      const scale = naturalScale(size);
      const values = await spectrum.toSpace(from.map((value, i) => value * scale[i]!));
      spectrum.dispose();
      return values;
    };
    const before = await render(small, coefficients);
    const after = await render(large, resizeCoefficients(coefficients, 1, small, large));
    // But for the fall-off near the finest patterns, which this one has come further away from.
    const fall = (f: number): number => Math.exp(-((f / 0.4) ** 4));
    const softer = fall(Math.hypot(1, 2) / 16) / fall(Math.hypot(1, 2) / 8);
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++)
        expect(after[2 * y * 16 + 2 * x]! / softer).toBeCloseTo(before[y * 8 + x]!, 5);
    }
  });
});
