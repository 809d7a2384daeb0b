import type { Network, NetworkNode, NodeWeights } from '../../src/model/network.ts';
import type { ModelSource } from '../../src/model/open.ts';
import { sourceOf } from '../model/source-of.ts';

/** A network of 1x1 convolutions with ReLU over colour images of 0..1, its weights written out. */
export function pointwiseNetwork(
  size: number,
  layers: readonly { readonly kernel: readonly (readonly number[])[]; readonly bias: readonly number[] }[],
): ModelSource {
  const nodes = layers.map(({ bias }, i): NetworkNode => ({
    name: `conv${i + 1}`,
    type: 'Conv2D',
    config: { filters: bias.length, kernel_size: [1, 1], activation: 'relu' },
    inputs: [i === 0 ? 'input' : `conv${i}`],
  }));
  const network: Network = {
    ...{ name: 'pointwise', format: 'inline', inputShape: [size, size, 3], preprocess: 'unit' },
    nodes: [{ name: 'input', type: 'InputLayer', config: {}, inputs: [] }, ...nodes],
  };
  const weights = layers.map(({ kernel, bias }, i): [string, NodeWeights] => [
    `conv${i + 1}`,
    new Map([
      ['kernel', { shape: [1, 1, kernel.length, bias.length], data: Float32Array.from(kernel.flat()) }],
      ['bias', { shape: [bias.length], data: Float32Array.from(bias) }],
    ]),
  ]);
  return { ...sourceOf(network, () => 0), loadWeights: () => Promise.resolve(new Map(weights)) };
}

/**
 * Filters that are hard to wake. Of the first layer, 0 likes red and answers to grey, too; 1 answers to red alone, so not at
 * the start; 2 asks for more than white and can't fire. Of the second, 0 stands behind 2 alone, and can't either; 1 behind 0.
 */
export const sleepyNetwork = (size: number): ModelSource =>
  pointwiseNetwork(size, [
    {
      kernel: [
        [1, 1, 1],
        [-0.5, -0.5, 1],
        [-0.5, -0.5, 1],
      ],
      bias: [0.2, -0.05, -3.5],
    },
    {
      kernel: [
        [0, 1],
        [0, 0],
        [1, 0],
      ],
      bias: [0, 0],
    },
  ]);
