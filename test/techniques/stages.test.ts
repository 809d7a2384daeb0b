import { describe, expect, it } from 'vitest';
import { stages } from '../../src/techniques/stages.ts';
import { collect, fakeContext, fakePlanning, layer, viewOf } from './fake-planning.ts';

const layers = [
  layer(0, 'input', 'InputLayer', [4, 4, 3]),
  layer(1, 'conv', 'Conv2D', [2, 2, 4]),
  layer(2, 'thin', 'Conv2D', [2, 2, 1]),
  layer(3, 'flat', 'Flatten', [4]),
];

describe('stages', () => {
  it('shows the image, then every spatial layer: three filters as RGB where there are three', async () => {
    const planning = fakePlanning(layers.slice(1), 1);
    const plan = stages.plan(viewOf(stages, {}), planning);
    expect(planning.problems).toEqual([]);
    expect(plan.jobs.map(({ layers: of, payload }) => [of, payload['filters']])).toEqual([
      [[], []],
      [[1], [0, 1, 2]],
      [[2], [0]],
    ]);
    const conv = Float32Array.from({ length: 16 }, (_, i) => i);
    const context = fakeContext(layers, { 1: conv, 2: Float32Array.from([1, 2, 3, 4]) });
    const outputs = await collect(stages, plan.jobs, context);
    expect(context.alive()).toBe(0);
    const [image, rgb, map] = outputs.map(({ panels }) => panels[0]!);
    expect(image).toMatchObject({ kind: 'image', channels: 3, height: 4, width: 4, range: [0, 47] });
    expect([...rgb!.data]).toEqual([0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14]);
    expect(rgb).toMatchObject({ channels: 3 });
    expect(rgb!.filter).toBeUndefined();
    expect(map).toMatchObject({ channels: 1, filter: 0, range: [1, 4] });
  });

  it('refuses a layer without a spatial output that is asked for by name', () => {
    const planning = fakePlanning(layers, 1);
    stages.plan(viewOf(stages, { layers: 'flat' }), planning);
    expect(planning.problems).toEqual([
      { key: 'layers', what: 'Layer `flat` has no feature maps: its output is 4.' },
    ]);
  });

  it('refuses a composite of two filters', () => {
    const planning = fakePlanning(layers, 1);
    stages.plan(viewOf(stages, { layers: 'conv', filters: [0, 1] }), planning);
    expect(planning.problems[0]!.what).toBe('An RGB composite of layer `conv` needs three filters, not 2.');
  });
});
