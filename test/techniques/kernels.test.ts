import { beforeAll, describe, expect, it } from 'vitest';
import type { InlineLayer, ModelSpec } from '../../src/schema/experiment.ts';
import { kernels } from '../../src/techniques/kernels.ts';
import { useBackend } from '../backend/with-backend.ts';
import { open } from '../model/opening.ts';
import { collect, viewOf } from './fake-planning.ts';
import { realContext, planningOf } from './real-context.ts';

const convolution = (name: string, from: string): InlineLayer => ({
  ...{ name, from, type: 'Conv2D' },
  config: { filters: 3, kernel_size: [3, 3], padding: 'same' },
});
const layers = [convolution('first', 'input'), convolution('second', 'first')];

async function drawn(preprocess: NonNullable<ModelSpec['preprocess']>, layer: string) {
  const spec: ModelSpec = {
    source: { kind: 'inline', layers },
    ...{ includeTop: true, inputChannels: 3, input: [8, 8], preprocess },
  };
  const context = await realContext(await open(spec), []);
  const { jobs } = kernels.plan(viewOf(kernels, { layers: layer, filters: [1] }), planningOf(context, 0));
  const [output] = await collect(kernels, jobs, context);
  const index = context.model.layers.find(({ name }) => name === layer)!.index;
  const kernel = context.model.kernel(index)!;
  return { panel: output!.panels[0]!, weights: await kernel.data(), outputs: kernel.shape[3] };
}

/** Filter 1's weights [place, channel] with the channels in that order. */
const inOrder = (weights: ArrayLike<number>, outputs: number, order: readonly number[]): number[] =>
  Array.from({ length: 27 }, (_, i) => weights[(Math.floor(i / 3) * 3 + order[i % 3]!) * outputs + 1]!);

describe('kernels', () => {
  beforeAll(() => useBackend('wasm'));

  it('shows weights for red as red, whatever order the network takes colours in', async () => {
    const rgb = await drawn('unit', 'first');
    expect([...rgb.panel.data]).toEqual(inOrder(rgb.weights, rgb.outputs, [0, 1, 2]));
    const bgr = await drawn('caffe', 'first');
    expect([...bgr.panel.data]).toEqual(inOrder(bgr.weights, bgr.outputs, [2, 1, 0]));
  });

  it('leaves the channels of a later layer in their order: they are no colours', async () => {
    const { panel, weights, outputs } = await drawn('caffe', 'second');
    expect([...panel.data]).toEqual(inOrder(weights, outputs, [0, 1, 2]));
  });
});
