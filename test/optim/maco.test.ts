import { beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../../src/random.ts';
import { maco, naturalMagnitudes } from '../../src/optim/maco.ts';
import { naturalScale } from '../../src/optim/spectrum.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { dot, noise, slopeError } from './finite-differences.ts';

/** What a sigmoid was given. */
const logit = (value: number): number => Math.log(value / (1 - value));

/** Magnitudes of the complex transform of a plane, [height, width], by its definition. */
function magnitudesOf(plane: readonly number[], height: number, width: number): number[] {
  const out: number[] = [];
  for (let ky = 0; ky < height; ky++) {
    for (let kx = 0; kx < width; kx++) {
      let [real, imaginary] = [0, 0];
      for (const [i, value] of plane.entries()) {
        const angle = -2 * Math.PI * ((ky * Math.floor(i / width)) / height + (kx * (i % width)) / width);
        real += value * Math.cos(angle);
        imaginary += value * Math.sin(angle);
      }
      out.push(Math.hypot(real, imaginary));
    }
  }
  return out;
}

describe.each(availableBackends)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([
    [12, 10, 1],
    [9, 8, 3],
  ] as const)(
    'a gradient of %i x %i x %i goes back to the phases exactly',
    async (height, width, channels) => {
      const parameterization = maco({ height, width }, channels);
      const phases = parameterization.start(randomFrom('start'));
      const weights = noise(phases.length, 'weights');
      const gradient = await parameterization.pullBack(await parameterization.render(phases), weights);
      const of = async (at: Float32Array): Promise<number> => dot(await parameterization.render(at), weights);
      for (const name of ['a', 'b']) {
        expect(await slopeError(of, phases, gradient, noise(phases.length, name))).toBeLessThan(2e-4);
      }
      parameterization.dispose();
    },
  );

  it.each([
    [8, 8],
    [9, 6],
  ] as const)('whatever the phases of %i x %i are, the spectrum is that of 1/f', async (height, width) => {
    const size = { height, width };
    const parameterization = maco(size, 1);
    const scale = naturalScale(size);
    for (const name of ['a', 'b']) {
      const phases = noise(height * width, name, -10, 10);
      const image = await parameterization.render(phases);
      const found = magnitudesOf([...image].map(logit), height, width);
      const ratios: number[] = [];
      for (let ky = 0; ky < height; ky++) {
        for (let kx = 0; kx < width; kx++) {
          const alone = (k: number, n: number): boolean => k === 0 || 2 * k === n;
          if (alone(ky, height) && alone(kx, width)) continue;
          const column = (k: number, n: number): number => (k === 0 ? 0 : 2 * Math.min(k, n - k) - 1);
          const expected = scale[column(ky, height) * width + column(kx, width)]!;
          ratios.push(found[ky * width + kx]! / expected);
        }
      }
      expect(Math.max(...ratios) / Math.min(...ratios)).toBeCloseTo(1, 2);
    }
    parameterization.dispose();
  });

  it('has two plane waves where both frequencies have a phase, each with its own', async () => {
    const [height, width] = [8, 10];
    const parameterization = maco({ height, width }, 1);
    const phases = noise(height * width, 'phases', -3, 3);
    const shifted = phases.slice();
    // One cycle down, two across: cos·cos in row 1, column 3; sin·sin in row 2, column 4.
    const [first, second] = [1 * width + 3, 2 * width + 4];
    shifted[first]! += 1;
    const difference = async (a: Float32Array, b: Float32Array): Promise<number[]> => {
      const [x, y] = [await parameterization.render(a), await parameterization.render(b)];
      return [...x].map((value, i) => logit(value) - logit(y[i]!));
    };
    const size = naturalMagnitudes({ height, width })[first]! * (2 / Math.sqrt(height * width));
    const wave = (phase: number, direction: 1 | -1, i: number): number =>
      size *
      Math.cos(
        2 * Math.PI * (Math.floor(i / width) / height + (direction * 2 * (i % width)) / width) + phase,
      );
    for (const [i, value] of (await difference(shifted, phases)).entries()) {
      expect(value).toBeCloseTo(wave(phases[first]! + 1, 1, i) - wave(phases[first]!, 1, i), 3);
    }
    shifted[first]! -= 1;
    shifted[second]! += 1;
    for (const [i, value] of (await difference(shifted, phases)).entries()) {
      expect(value).toBeCloseTo(wave(phases[second]! + 1, -1, i) - wave(phases[second]!, -1, i), 3);
    }
    parameterization.dispose();
  });

  it('begins with an image of full contrast, the same for the same stream', async () => {
    const parameterization = maco({ height: 32, width: 32 }, 3);
    const start = (name: string) => parameterization.render(parameterization.start(randomFrom(name)));
    const image = await start('a');
    expect(Math.min(...image)).toBeLessThan(0.25);
    expect(Math.max(...image)).toBeGreaterThan(0.75);
    expect(await start('a')).toEqual(image);
    expect(await start('b')).not.toEqual(image);
    parameterization.dispose();
  });

  it('keeps its waves at another size, and gives new ones phases of their own', () => {
    const small = maco({ height: 8, width: 8 }, 1);
    const { next, move, rearrange } = small.resized({ height: 12, width: 12 });
    const phases = noise(64, 'phases', -3, 3);
    const moved = move(phases);
    const kept = rearrange(phases);
    for (let y = 0; y < 7; y++) {
      for (let x = 0; x < 7; x++) expect(moved[y * 12 + x]).toBe(phases[y * 8 + x]);
    }
    const fresh = moved.filter((_, i) => kept[i] === 0);
    expect(fresh).toHaveLength(144 - 49);
    expect(new Set(fresh).size).toBeGreaterThan(90);
    small.dispose();
    next.dispose();
  });
});

it('magnitudes are such that values have a variance of 1', () => {
  const [mean, ...others] = naturalMagnitudes({ height: 24, width: 20 });
  expect(others.reduce((sum, value) => sum + value * value, 0) / (24 * 20)).toBeCloseTo(1, 5);
  expect(mean).toBeCloseTo(Math.max(...others), 1);
});
