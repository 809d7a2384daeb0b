import type { InlineLayer, Preprocess } from '../../schema/experiment.ts';
import { INPUT } from '../../schema/model-words.ts';
import { INPUT_LAYER } from '../layer-types.ts';
import type { Network, NetworkNode } from '../network.ts';

interface InlineOptions {
  /** [height, width, channels] */
  readonly inputShape: readonly [number, number, number];
  readonly preprocess: Preprocess;
}

/** The network of an experiment file's own `layers:`. */
export function inlineNetwork(
  layers: readonly InlineLayer[],
  { inputShape, preprocess }: InlineOptions,
): Network {
  const input: NetworkNode = { name: INPUT, type: INPUT_LAYER, config: {}, inputs: [] };
  return {
    // As pages say it: the experiment file gives it no name.
    name: 'Network',
    format: 'inline',
    inputShape,
    nodes: [
      input,
      ...layers.map(({ name, from, type, config }): NetworkNode => ({ name, inputs: [from], type, config })),
    ],
    preprocess,
  };
}
