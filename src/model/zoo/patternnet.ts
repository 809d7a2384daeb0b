import { PATTERN_CLASSES } from '../../schema/generated.ts';
import type { NetworkNode } from '../network.ts';
import type { ZooModel } from './zoo-model.ts';

/** Five convolutions as in Zeiler and Fergus 2014, small enough to be trained here, on images that are drawn here. */
export const patternnet: ZooModel = {
  name: 'patternnet',
  description: 'PatternNet: five convolutions, trained on 33 classes of images that Filterscope generates',
  licence: 'Apache-2.0',
  preprocess: 'tf',
  defaultInput: [96, 96],
  channels: 3,
  hasTop: true,
  network: ({ input: [height, width], includeTop, preprocess }) => ({
    name: 'patternnet',
    format: 'zoo',
    inputShape: [height, width, 3],
    nodes: includeTop ? [...trunk, ...top] : trunk,
    preprocess,
  }),
  bundled: { patterns: { model: 'models/patternnet/model.json', classes: PATTERN_CLASSES } },
  bundledDefault: 'patterns',
  anySize: true,
};

const convolution = (
  name: string,
  after: string,
  filters: number,
  size: number,
  stride = 1,
): NetworkNode => ({
  name,
  type: 'Conv2D',
  config: {
    filters,
    kernel_size: [size, size],
    strides: [stride, stride],
    padding: 'same',
    activation: 'relu',
  },
  inputs: [after],
});

const pool = (name: string, after: string): NetworkNode => ({
  name,
  type: 'MaxPooling2D',
  config: { pool_size: [3, 3], strides: [2, 2], padding: 'same' },
  inputs: [after],
});

const trunk: readonly NetworkNode[] = [
  { name: 'input', type: 'InputLayer', config: {}, inputs: [] },
  convolution('conv1', 'input', 32, 9, 2),
  pool('pool1', 'conv1'),
  convolution('conv2', 'pool1', 64, 5),
  pool('pool2', 'conv2'),
  convolution('conv3', 'pool2', 96, 3),
  convolution('conv4', 'conv3', 128, 3),
  convolution('conv5', 'conv4', 128, 3),
];

const top: readonly NetworkNode[] = [
  { name: 'strongest', type: 'GlobalMaxPooling2D', config: {}, inputs: ['conv5'] },
  {
    name: 'predictions',
    type: 'Dense',
    config: { units: PATTERN_CLASSES.length, activation: 'softmax' },
    inputs: ['strongest'],
  },
];
