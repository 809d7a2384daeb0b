/** The types of inline layers as files write them: `- conv2d: {filters: 3, kernel: 3}`, `- relu`, `- max_pool: 2`. */
import { z } from 'zod/v4';
import type { Activation, Initializer, Padding } from './experiment.ts';
import { reject } from './issue.ts';
import { lineOfText, pairOf } from './pieces.ts';
import { show } from './words.ts';

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
] as const satisfies readonly Activation[];

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
] as const satisfies readonly Initializer[];

const PADDINGS = ['valid', 'same'] as const satisfies readonly Padding[];

/** Name of what goes into the first layer. */
export const INPUT = 'input';
const MOST_FILTERS = 4096;
const MOST_KERNEL = 1024;
/** Weights of one convolution for every channel it takes: 64 MiB as float32. */
const MOST_WEIGHTS = 2 ** 24;
const MOST_UNITS = 65_536;

const layerName = lineOfText(100).superRefine((name, ctx) => {
  if (/^[A-Za-z][\w.-]*$/.test(name) && name !== INPUT && !/^(first-conv|last-conv|all-conv|all)$/.test(name))
    return;
  reject(ctx, {
    what: (key) => `${key} cannot be ${show(name)}.`,
    why:
      name === INPUT || /^[\w.-]+$/.test(name)
        ? 'A layer name begins with a letter and is none of input, first-conv, last-conv, all-conv and all.'
        : 'A layer name has letters, digits and _ . - only.',
  });
});

const common = {
  name: layerName.optional().meta({ description: 'Name of the layer; made from its type if left out' }),
  from: lineOfText(100).optional().meta({
    description: 'The layer whose output this one takes, or `input`; the layer above if left out',
  }),
};

const weighted = {
  activation: z.enum(ACTIVATIONS).default('linear').meta({ description: 'Function applied to every value' }),
  use_bias: z.boolean().default(true).meta({ description: 'Add a bias (zero at first) to every filter' }),
  initializer: z
    .enum(INITIALIZERS)
    .default('glorot_uniform')
    .meta({ description: 'Distribution of the random weights' }),
};

const padding = z
  .enum(PADDINGS)
  .default('valid')
  .meta({ description: 'valid: no border, the output shrinks; same: a border of zeros keeps the size' });

export const conv2d = z
  .strictObject({
    filters: z.int().min(1).max(MOST_FILTERS).meta({ description: 'Number of filters' }),
    kernel: pairOf(MOST_KERNEL, 'Size of the filters in pixels'),
    strides: pairOf(MOST_KERNEL, 'Step between windows').prefault(1),
    padding,
    ...weighted,
    ...common,
  })
  .superRefine(({ filters, kernel: [height, width] }, ctx) => {
    const weights = filters * height * width;
    if (weights <= MOST_WEIGHTS) return;
    reject(ctx, {
      what: () => `This convolution has ${weights.toLocaleString('en')} weights for every channel it takes.`,
      why: `At most ${MOST_WEIGHTS.toLocaleString('en')} are allowed.`,
      hint: 'Use fewer filters or a smaller kernel.',
    });
  });

export const pooling = z.strictObject({
  pool: pairOf(MOST_KERNEL, 'Size of the window in pixels').prefault(2),
  strides: pairOf(MOST_KERNEL, 'Step between windows; as large as the window if left out').optional(),
  padding,
  ...common,
});

export const dense = z.strictObject({
  units: z.int().min(1).max(MOST_UNITS).meta({ description: 'Number of outputs' }),
  ...weighted,
  ...common,
});

export const activation = z.strictObject({
  activation: z.enum(ACTIVATIONS).meta({ description: 'Which function' }),
  ...common,
});

const plain = z.strictObject(common);

/** A type of layer as files write it. `short` is the key that a bare value stands for: `- max_pool: 2`. */
export interface LayerForm {
  readonly settings: z.ZodObject;
  readonly short?: string;
  readonly description: string;
}

const activations = ACTIVATIONS.filter((name) => name !== 'linear').map((name): [string, LayerForm] => [
  name,
  { settings: plain, description: `The ${name} function on every value` },
]);

export const LAYER_FORMS: ReadonlyMap<string, LayerForm> = new Map<string, LayerForm>([
  ['conv2d', { settings: conv2d, description: 'A convolution' }],
  ['max_pool', { settings: pooling, short: 'pool', description: 'The largest value of every window' }],
  ['average_pool', { settings: pooling, short: 'pool', description: 'The mean of every window' }],
  ['global_max_pool', { settings: plain, description: 'The largest value of every channel' }],
  ['global_average_pool', { settings: plain, description: 'The mean of every channel' }],
  ['flatten', { settings: plain, description: 'All values in one row' }],
  ['dense', { settings: dense, short: 'units', description: 'A fully connected layer' }],
  ['activation', { settings: activation, short: 'activation', description: 'A function on every value' }],
  ...activations,
]);
