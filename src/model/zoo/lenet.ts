import type { NetworkNode } from '../network.ts';
import type { ZooModel } from './zoo-model.ts';

/** After LeCun et al. 1998, with ReLU and max pooling: conv -> ReLU -> pool, twice, then a classifier of ten digits. */
export const lenet: ZooModel = {
  name: 'lenet',
  description:
    'LeNet (after LeCun et al. 1998): two convolutions, each with ReLU and max pooling; random weights, or trained on generated digits',
  licence: 'Apache-2.0',
  preprocess: 'unit',
  defaultInput: [28, 28],
  channels: 1,
  hasTop: true,
  network: ({ input: [height, width], includeTop, preprocess }) => ({
    name: 'lenet',
    format: 'zoo',
    inputShape: [height, width, 1],
    nodes: includeTop ? [...trunk, ...top] : trunk,
    preprocess,
  }),
  bundled: { digits: { model: 'models/lenet-digits/model.json', classes: [...'0123456789'] } },
};

const trunk: readonly NetworkNode[] = [
  { name: 'input', type: 'InputLayer', config: {}, inputs: [] },
  { name: 'conv1', type: 'Conv2D', config: { filters: 6, kernel_size: [5, 5] }, inputs: ['input'] },
  { name: 'relu1', type: 'ReLU', config: {}, inputs: ['conv1'] },
  { name: 'pool1', type: 'MaxPooling2D', config: { pool_size: [2, 2] }, inputs: ['relu1'] },
  { name: 'conv2', type: 'Conv2D', config: { filters: 16, kernel_size: [5, 5] }, inputs: ['pool1'] },
  { name: 'relu2', type: 'ReLU', config: {}, inputs: ['conv2'] },
  { name: 'pool2', type: 'MaxPooling2D', config: { pool_size: [2, 2] }, inputs: ['relu2'] },
];

const top: readonly NetworkNode[] = [
  { name: 'flatten', type: 'Flatten', config: {}, inputs: ['pool2'] },
  { name: 'fc1', type: 'Dense', config: { units: 120, activation: 'relu' }, inputs: ['flatten'] },
  { name: 'fc2', type: 'Dense', config: { units: 84, activation: 'relu' }, inputs: ['fc1'] },
  { name: 'predictions', type: 'Dense', config: { units: 10, activation: 'softmax' }, inputs: ['fc2'] },
];
