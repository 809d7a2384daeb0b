import { describe, expect, it } from 'vitest';
import { createModel } from '../../src/model/executor.ts';
import type { LayerInfo } from '../../src/model/network.ts';
import { randomFrom } from '../../src/random.ts';
import { ascend } from '../../src/optim/ascend.ts';
import { DEFAULTS } from '../../src/optim/method-settings.ts';
import { ascentConfigOf } from '../../src/optim/methods.ts';
import { channelObjective } from '../../src/optim/objective.ts';
import { adam } from '../../src/optim/optimizer.ts';
import { uniformColorStep, prefersUniformColor } from '../../src/optim/uniform-color.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { noise } from './finite-differences.ts';
import { pointwiseNetwork } from './networks.ts';

describe('what asks for a plain colour', () => {
  /** 1 in every plane's mean, so much of noise elsewhere. */
  const gradient = (elsewhere: number): Float32Array =>
    noise(3 * 64, 'gradient', -elsewhere, elsewhere).map((value, i) => (i % 64 === 0 ? 1 : value));

  it('moves the mean four times as far, and holds the rest back', () => {
    const step = uniformColorStep(gradient(0), 3)!;
    expect(step.places).toEqual([0, 64, 128]);
    expect(step.factor).toBeCloseTo(4, 6);
    // 0.03 of the length of (1, 1, 1).
    expect(step.floor).toBeCloseTo(0.03 * Math.sqrt(3), 6);
  });

  it('is told from what asks for more by how much lies elsewhere', () => {
    const factors = [0.01, 0.1, 0.3, 1].map((elsewhere) => uniformColorStep(gradient(elsewhere), 3)!.factor);
    expect(factors).toEqual([...factors].sort((a, b) => b - a));
    expect(factors[0]).toBeGreaterThan(3.9);
    expect(factors[3]).toBeCloseTo(1, 1);
    expect(uniformColorStep(gradient(3), 3)!.floor).toBeLessThan(1e-6);
  });

  it('does not depend on how large a gradient is', () => {
    const one = uniformColorStep(gradient(0.2), 3)!;
    const other = uniformColorStep(
      gradient(0.2).map((value) => 1000 * value),
      3,
    )!;
    expect(other.factor).toBeCloseTo(one.factor, 4);
    expect(other.floor / one.floor).toBeCloseTo(1000, 0);
  });

  it('does not exist where the mean is not asked for at all', () => {
    expect(uniformColorStep(Float32Array.from([0, 5, -5, 1]), 1)).toBeUndefined();
  });
});

it('is asked near the pixels only', () => {
  const layer = (size: readonly [number, number] | undefined): LayerInfo =>
    ({ receptiveField: size && { size, stride: [1, 1], padding: [0, 0] } }) as unknown as LayerInfo;
  expect(prefersUniformColor(layer([9, 9]))).toBe(true);
  expect(prefersUniformColor(layer([3, 14]))).toBe(false);
  expect(prefersUniformColor(layer(undefined))).toBe(false);
});

it('Adam follows whoever leads', () => {
  const plain = adam(0.1);
  const guided = adam(0.1, { uniformColor: (mean) => ({ floor: mean[0]!, places: [0], factor: 3 }) });
  const [without, withLead] = [Float32Array.from([0, 0]), Float32Array.from([0, 0])];
  const gradient = Float32Array.from([2, 1e-3]);
  plain.step(without, gradient, 1);
  guided.step(withLead, gradient, 1);
  // Corrected for the start, mean and floor are 2 and so is the root of the square: half a step, three times.
  expect(without[0]).toBeCloseTo(0.1, 5);
  expect(withLead[0]).toBeCloseTo((3 * 0.1 * 2) / (2 + 2), 5);
  expect(without[1]).toBeCloseTo(0.1, 4);
  expect(withLead[1]).toBeCloseTo((0.1 * 1e-3) / (1e-3 + 2), 6);
});

describe.each(availableBackends)('on %s', (backend) => {
  it('a filter of one colour gets it all over', async () => {
    await useBackend(backend);
    // Red less green and blue, and less than grey gives.
    const source = pointwiseNetwork(48, [{ kernel: [[1], [-0.5], [-0.5]], bias: [0.02] }]);
    const model = await createModel(source);
    const size = { height: 48, width: 48 };
    const climbs = await ascend(
      { model, layer: 1, preactivation: false },
      ascentConfigOf('fourier', DEFAULTS.fourier, 3, false),
      { stages: [{ size, steps: 64 }], redirected: 16, patience: 8, frames: [] },
      [{ objective: channelObjective(0), random: randomFrom('start') }],
      randomFrom('moves'),
      new AbortController().signal,
    );
    model.dispose();
    const { data } = climbs![0]!.image;
    const plane = 48 * 48;
    const redness = Array.from(
      { length: plane },
      (_, i) => data[i]! - (data[plane + i]! + data[2 * plane + i]!) / 2,
    );
    expect(Math.min(...redness)).toBeGreaterThan(0.05);
  });
});
