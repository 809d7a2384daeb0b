import { colourNetwork, imagenetClassifier } from './imagenet-network.ts';
import { torchvisionWeights } from './published.ts';
import { chain, top, torchModule, trunk, VGG19 } from './vgg16-layers.ts';
import type { ZooModel } from './zoo-model.ts';

/** Simonyan and Zisserman 2015, with the layer names of Keras' applications. */
export const vgg19: ZooModel = {
  name: 'vgg19',
  description:
    'VGG19 (Simonyan and Zisserman 2015): sixteen convolutions in five blocks, trained on ImageNet',
  licence: 'CC BY 4.0 (Visual Geometry Group, University of Oxford)',
  preprocess: 'caffe',
  ...imagenetClassifier,
  anySize: false,
  network: (options) =>
    colourNetwork('vgg19', options, chain([...trunk(VGG19), ...(options.includeTop ? top() : [])])),
  weights: () => torchvisionWeights.vgg19,
  stateDict: { moduleOf: (layer) => torchModule(layer, VGG19), preprocess: 'torch' },
};
