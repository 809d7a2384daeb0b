import { beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../../src/random.ts';
import { blurPlane, fourier, pixels, resizePlanes } from '../../src/optim/parameterization.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { dot, noise, slopeError } from './finite-differences.ts';

const size = { height: 12, width: 10 };

describe.each(availableBackends)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([1, 3] as const)('a spectrum of %i channels sends a gradient back exactly', async (channels) => {
    const parameterization = fourier(size, channels);
    const x = noise(channels * 120, 'x');
    const weights = noise(x.length, 'weights');
    const gradient = await parameterization.pullBack(await parameterization.render(x), weights);
    const of = async (at: Float32Array): Promise<number> => dot(await parameterization.render(at), weights);
    for (const name of ['a', 'b']) {
      expect(await slopeError(of, x, gradient, noise(x.length, name))).toBeLessThan(1e-4);
    }
    parameterization.dispose();
  });

  it('a spectrum begins nearly grey, another stream with another image', async () => {
    const parameterization = fourier({ height: 32, width: 32 }, 3);
    const start = (name: string) => parameterization.render(parameterization.start(randomFrom(name)));
    const image = await start('a');
    expect(Math.min(...image)).toBeGreaterThan(0.3);
    expect(Math.max(...image)).toBeLessThan(0.7);
    expect(new Set(image).size).toBeGreaterThan(100);
    expect(await start('b')).not.toEqual(image);
    expect(await start('a')).toEqual(image);
    parameterization.dispose();
  });

  it('a spectrum looks the same at twice the size', async () => {
    const small = fourier({ height: 12, width: 12 }, 1);
    const { next, move } = small.resized({ height: 24, width: 24 });
    // Without the alternating columns, which no other size has.
    const parameters = noise(144, 'x').map((value, i) => (i % 12 === 11 || i >= 132 ? 0 : value));
    const before = await small.render(parameters);
    const after = await next.render(move(parameters));
    for (let y = 0; y < 12; y++) {
      for (let x = 0; x < 12; x++) expect(after[2 * y * 24 + 2 * x]).toBeCloseTo(before[y * 12 + x]!, 4);
    }
    small.dispose();
    next.dispose();
  });
});

describe('pixels', () => {
  it('stay within what a screen can show', () => {
    const parameterization = pixels({ height: 1, width: 2 }, 1, { blur: 0, blurEvery: 4 });
    const values = Float32Array.from([-3, 0.25]);
    parameterization.settle(values, 1);
    expect([...values]).toEqual([0, 0.25]);
  });

  it('are smoothed every few steps', () => {
    const parameterization = pixels({ height: 1, width: 3 }, 1, { blur: 1, blurEvery: 2 });
    const values = Float32Array.from([0, 1, 0]);
    parameterization.settle(values, 1);
    expect([...values]).toEqual([0, 1, 0]);
    parameterization.settle(values, 2);
    const w = Math.exp(-0.5);
    expect(values[1]).toBeCloseTo(1 / (1 + 2 * w), 5);
  });
});

it('smoothing keeps a constant, and spreads a point as a Gaussian does', () => {
  const flat = new Float32Array(30).fill(0.7);
  blurPlane(flat, { height: 5, width: 6 }, 0.8);
  for (const value of flat) expect(value).toBeCloseTo(0.7, 6);
  const point = new Float32Array(15 * 15);
  point[7 * 15 + 7] = 1;
  blurPlane(point, { height: 15, width: 15 }, 1);
  expect(point[7 * 15 + 8]! / point[7 * 15 + 7]!).toBeCloseTo(Math.exp(-0.5), 5);
  expect(point[9 * 15 + 8]! / point[7 * 15 + 7]!).toBeCloseTo(Math.exp(-2.5), 5);
});

it('resizing is bilinear', () => {
  const doubled = resizePlanes(
    Float32Array.from([0, 1]),
    1,
    { height: 1, width: 2 },
    { height: 1, width: 4 },
  );
  expect([...doubled]).toEqual([0, 0.25, 0.75, 1]);
});
