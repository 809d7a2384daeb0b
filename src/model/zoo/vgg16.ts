import { IMAGENET } from '../imagenet-classes.ts';
import type { Network } from '../network.ts';
import { chain, top, torchModule, trunk } from './vgg16-layers.ts';
import type { ZooModel } from './zoo-model.ts';

const SOURCE = 'https://storage.googleapis.com/tensorflow/keras-applications/vgg16/';

/** Simonyan and Zisserman 2015, with the layer names of Keras' applications. */
export const vgg16: ZooModel = {
  name: 'vgg16',
  description:
    'VGG16 (Simonyan and Zisserman 2015), trained on ImageNet: thirteen convolutions in five blocks',
  licence: 'CC BY 4.0 (Visual Geometry Group, University of Oxford)',
  preprocess: 'caffe',
  defaultInput: [224, 224],
  channels: 3,
  hasTop: true,
  network: ({ input: [height, width], includeTop, preprocess }): Network => ({
    name: 'vgg16',
    format: 'zoo',
    inputShape: [height, width, 3],
    nodes: chain([...trunk(), ...(includeTop ? top() : [])]),
    preprocess,
  }),
  stateDict: { moduleOf: (layer) => torchModule(layer), preprocess: 'torch' },
  classes: IMAGENET,
  // Keras publishes MD5 sums of these files. The SHA-256 of the smaller one is what two parties found independently:
  // USC's DSBox, for its own copy (Vgg16ImageFeature in usc-isi-i2/dsbox-primitives), and a report on a training run that had
  // Keras fetch and check the file (58,889,256 bytes). Of the larger one none is published: `pull` notes the SHA-256 of a
  // file whose length and MD5 are right, and every later use is held to it.
  weights: ({ includeTop }) =>
    includeTop
      ? {
          file: 'vgg16_weights_tf_dim_ordering_tf_kernels.h5',
          url: `${SOURCE}vgg16_weights_tf_dim_ordering_tf_kernels.h5`,
          bytes: 553_467_096,
          md5: '64373286793e3c8b2b4e3219cbf3544b',
        }
      : {
          file: 'vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5',
          url: `${SOURCE}vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`,
          bytes: 58_889_256,
          sha256: 'bfe5187d0a272bed55ba430631598124cff8e880b98d38c9e56c8d66032abdc1',
          md5: '6d6bbae143d832006294945121d1f1fc',
        },
};
