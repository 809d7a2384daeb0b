import type { Network, NetworkNode } from '../network.ts';
import type { ZooModel } from './zoo-model.ts';

const BLOCKS = [
  { convolutions: 2, filters: 64 },
  { convolutions: 2, filters: 128 },
  { convolutions: 3, filters: 256 },
  { convolutions: 3, filters: 512 },
  { convolutions: 3, filters: 512 },
];

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
  // Keras publishes MD5 sums of these files, and nobody whom we could check their SHA-256: `pull` notes the SHA-256 of
  // a file whose length and MD5 are right, and every later use is held to it.
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
          md5: '6d6bbae143d832006294945121d1f1fc',
        },
};

type Unlinked = Omit<NetworkNode, 'inputs'>;

function* trunk(): Generator<Unlinked> {
  yield { name: 'input_1', type: 'InputLayer', config: {} };
  for (const [b, { convolutions, filters }] of BLOCKS.entries()) {
    for (let c = 1; c <= convolutions; c++) {
      yield {
        name: `block${b + 1}_conv${c}`,
        type: 'Conv2D',
        config: { filters, kernel_size: [3, 3], padding: 'same', activation: 'relu' },
      };
    }
    yield {
      name: `block${b + 1}_pool`,
      type: 'MaxPooling2D',
      config: { pool_size: [2, 2], strides: [2, 2], padding: 'valid' },
    };
  }
}

function* top(): Generator<Unlinked> {
  yield { name: 'flatten', type: 'Flatten', config: {} };
  yield { name: 'fc1', type: 'Dense', config: { units: 4096, activation: 'relu' } };
  yield { name: 'fc2', type: 'Dense', config: { units: 4096, activation: 'relu' } };
  yield { name: 'predictions', type: 'Dense', config: { units: 1000, activation: 'softmax' } };
}

function chain(layers: readonly Unlinked[]): readonly NetworkNode[] {
  return layers.map((layer, i) => ({ ...layer, inputs: i === 0 ? [] : [layers[i - 1]!.name] }));
}
