/** Names that experiment files and networks share. What each stands for is computed in src/model. */

/** What goes into the first layer of an inline stack: the name of that layer, which `from` may give. */
export const INPUT = 'input';

/** How pixels become the numbers that a network takes. */
export const PREPROCESS = ['caffe', 'hed', 'lite', 'tf', 'torch', 'unit', 'none'] as const;
export type Preprocess = (typeof PREPROCESS)[number];

/** Activations of inline layers. Model files may have others. */
export const ACTIVATIONS = [
  'linear',
  'relu',
  'relu6',
  'leaky_relu',
  'elu',
  'selu',
  'sigmoid',
  'tanh',
  'softplus',
  'swish',
  'gelu',
  'softmax',
] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** How the weights of inline layers are drawn. Model files may name others. */
export const INITIALIZERS = [
  'glorot_uniform',
  'glorot_normal',
  'he_uniform',
  'he_normal',
  'lecun_normal',
  'zeros',
  'ones',
  'random_normal',
  'random_uniform',
] as const;
export type Initializer = (typeof INITIALIZERS)[number];

export const PADDINGS = ['valid', 'same'] as const;
export type Padding = (typeof PADDINGS)[number];
