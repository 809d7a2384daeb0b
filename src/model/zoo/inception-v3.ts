import type { NetworkNode } from '../network.ts';
import { kerasOrder } from './keras-order.ts';
import { CLASSES, colourNetwork, imagenetClassifier } from './imagenet-network.ts';
import { inceptionV3Layers } from './inception-v3-torch.ts';
import { LayerChain } from './layer-chain.ts';
import { torchvisionWeights } from './published.ts';
import type { ZooModel, ZooOptions } from './zoo-model.ts';

/** Filters and kernel of one convolution; `halves` with stride 2 and without padding. */
type Step = readonly [filters: number, height: number, width: number, halves?: true];

/** Numbers layers of a kind as Keras does: conv2d, conv2d_1, … */
class InceptionChain extends LayerChain {
  readonly #counts = new Map<string, number>();

  numbered(
    base: string,
    type: string,
    config: Readonly<Record<string, unknown>>,
    inputs = [this.last],
  ): string {
    const count = this.#counts.get(base) ?? 0;
    this.#counts.set(base, count + 1);
    return this.add(count === 0 ? base : `${base}_${count}`, type, config, inputs);
  }

  convolutions(from: string, ...steps: readonly Step[]): string {
    this.last = from;
    for (const [filters, height, width, halves] of steps)
      this.convolution(filters, height, width, halves ? 2 : 1, halves ? 'valid' : 'same');
    return this.last;
  }

  convolution(filters: number, height: number, width: number, stride: number, padding: string): void {
    this.numbered('conv2d', 'Conv2D', {
      ...{ filters, kernel_size: [height, width], strides: [stride, stride], padding, use_bias: false },
    });
    this.numbered('batch_normalization', 'BatchNormalization', { scale: false, epsilon: 1e-3 });
    this.numbered('activation', 'Activation', { activation: 'relu' });
  }

  pooled(from: string, filters: number): string {
    const pool = { pool_size: [3, 3], strides: [1, 1], padding: 'same' };
    return this.convolutions(this.numbered('average_pooling2d', 'AveragePooling2D', pool, [from]), [
      filters,
      1,
      1,
    ]);
  }

  halved(from: string): string {
    return this.numbered('max_pooling2d', 'MaxPooling2D', { pool_size: [3, 3], strides: [2, 2] }, [from]);
  }
}

/** With the layer names of Keras' applications. */
function layers({ includeTop }: ZooOptions): readonly NetworkNode[] {
  const chain = new InceptionChain('input_layer');
  chain.convolution(32, 3, 3, 2, 'valid');
  chain.convolution(32, 3, 3, 1, 'valid');
  chain.convolution(64, 3, 3, 1, 'same');
  chain.halved(chain.last);
  chain.convolution(80, 1, 1, 1, 'valid');
  chain.convolution(192, 3, 3, 1, 'valid');
  chain.halved(chain.last);
  for (const [i, pooled] of [32, 64, 64].entries()) {
    const x = chain.last;
    chain.add(`mixed${i}`, 'Concatenate', {}, [
      chain.convolutions(x, [64, 1, 1]),
      chain.convolutions(x, [48, 1, 1], [64, 5, 5]),
      chain.convolutions(x, [64, 1, 1], [96, 3, 3], [96, 3, 3]),
      chain.pooled(x, pooled),
    ]);
  }
  const third = chain.last;
  chain.add('mixed3', 'Concatenate', {}, [
    chain.convolutions(third, [384, 3, 3, true]),
    chain.convolutions(third, [64, 1, 1], [96, 3, 3], [96, 3, 3, true]),
    chain.halved(third),
  ]);
  for (const [i, inner] of [128, 160, 160, 192].entries()) {
    const x = chain.last;
    chain.add(`mixed${4 + i}`, 'Concatenate', {}, [
      chain.convolutions(x, [192, 1, 1]),
      chain.convolutions(x, [inner, 1, 1], [inner, 1, 7], [192, 7, 1]),
      chain.convolutions(x, [inner, 1, 1], [inner, 7, 1], [inner, 1, 7], [inner, 7, 1], [192, 1, 7]),
      chain.pooled(x, 192),
    ]);
  }
  const seventh = chain.last;
  chain.add('mixed8', 'Concatenate', {}, [
    chain.convolutions(seventh, [192, 1, 1], [320, 3, 3, true]),
    chain.convolutions(seventh, [192, 1, 1], [192, 1, 7], [192, 7, 1], [192, 3, 3, true]),
    chain.halved(seventh),
  ]);
  for (const i of [0, 1]) {
    const x = chain.last;
    const whole = chain.convolutions(x, [320, 1, 1]);
    const three = chain.convolutions(x, [384, 1, 1]);
    const threes = [chain.convolutions(three, [384, 1, 3]), chain.convolutions(three, [384, 3, 1])];
    const both = chain.add(`mixed9_${i}`, 'Concatenate', {}, threes);
    const twice = chain.convolutions(x, [448, 1, 1], [384, 3, 3]);
    const twices = [chain.convolutions(twice, [384, 1, 3]), chain.convolutions(twice, [384, 3, 1])];
    const bothTwice = chain.numbered('concatenate', 'Concatenate', {}, twices);
    chain.add(`mixed${9 + i}`, 'Concatenate', {}, [whole, both, bothTwice, chain.pooled(x, 192)]);
  }
  if (includeTop) {
    chain.add('avg_pool', 'GlobalAveragePooling2D');
    chain.add('predictions', 'Dense', { units: CLASSES, activation: 'softmax' });
  }
  return kerasOrder(chain.nodes);
}

export const inceptionV3: ZooModel = {
  name: 'inception_v3',
  description:
    'InceptionV3 (Szegedy et al. 2016) as in torchvision, trained on ImageNet; as in Keras for its files',
  licence: 'BSD-3-Clause (torchvision)',
  preprocess: 'tf',
  ...imagenetClassifier,
  defaultInput: [299, 299],
  network: (options) => colourNetwork('inception_v3', options, layers(options)),
  weights: () => torchvisionWeights.inception_v3,
  stateDict: {
    moduleOf: (layer) => layer,
    others: ['AuxLogits'],
    // Its weights are TensorFlow's: torchvision turns its own normalization into that one.
    preprocess: 'tf',
    network: (options) => colourNetwork('inception_v3', options, inceptionV3Layers(options)),
  },
};
