/** The types of inline layers as files write them: `- conv2d: {filters: 3, kernel: 3}`, `- relu`, `- max_pool: 2`. */
import { z } from 'zod/v4';
import { Table } from '../plugins.ts';
import { reject } from './issue.ts';
import { ACTIVATIONS, INITIALIZERS, INPUT, PADDINGS } from './model-words.ts';
import { lineOfText, pairOf } from './pieces.ts';
import { show } from './words.ts';

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

const conv2d = z
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

const pooling = z.strictObject({
  pool: pairOf(MOST_KERNEL, 'Size of the window in pixels').prefault(2),
  strides: pairOf(MOST_KERNEL, 'Step between windows; as large as the window if left out').optional(),
  padding,
  ...common,
});

const dense = z.strictObject({
  units: z.int().min(1).max(MOST_UNITS).meta({ description: 'Number of outputs' }),
  ...weighted,
  ...common,
});

const activation = z.strictObject({
  activation: z.enum(ACTIVATIONS).meta({ description: 'Which function' }),
  ...common,
});

/** The settings of a form: its own, with `name` and `from`, which every layer has. */
export const layerSettings = <S extends z.ZodRawShape>(shape: S) => z.strictObject({ ...shape, ...common });

const plain = layerSettings({});

/** A type of layer as files write it. */
export interface LayerForm {
  readonly description: string;
  /** Made by `layerSettings`. */
  readonly settings: z.ZodObject;
  /** The key that a bare value stands for: `- max_pool: 2`. */
  readonly short?: string;
  /** Settings for an example in a message, as files write them. */
  readonly example?: string;
  /** Names of it in other libraries: lower case, letters and digits only. */
  readonly alsoCalled?: readonly string[];
  /** The class name of the layer type that it makes: Keras' where there is one. */
  readonly type: string;
  /** Options of that layer type. @param settings checked, all defaults filled in */
  config(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** What names of such layers begin with where files give none; how files write it by default. */
  stem?(settings: Readonly<Record<string, unknown>>): string;
}

/** A form whose functions know the type of its settings. */
type Typed<S extends z.ZodObject> = Omit<LayerForm, 'settings' | 'config' | 'stem'> & {
  readonly settings: S;
  config(settings: z.output<S>): Readonly<Record<string, unknown>>;
  stem?(settings: z.output<S>): string;
};

const form = <S extends z.ZodObject>(typed: Typed<S>): LayerForm => typed as unknown as LayerForm;

const noOptions = { settings: plain, config: () => ({}) };

const windowed = {
  ...{ settings: pooling, short: 'pool' },
  config: ({ pool, strides = pool, padding }: z.output<typeof pooling>) => ({
    pool_size: pool,
    strides,
    padding,
  }),
};

const forms: Record<string, LayerForm> = {
  conv2d: form({
    ...{ description: 'A convolution', settings: conv2d, type: 'Conv2D' },
    ...{ example: '{filters: 3, kernel: 3}', alsoCalled: ['conv', 'convolution'] },
    config: ({ filters, kernel, strides, padding, activation, use_bias, initializer }) => ({
      ...{ filters, kernel_size: kernel, strides, padding },
      ...{ activation, use_bias, kernel_initializer: initializer },
    }),
  }),
  max_pool: form({
    ...{ description: 'The largest value of every window', type: 'MaxPooling2D', ...windowed },
    alsoCalled: ['maxpooling2d', 'maxpool2d'],
  }),
  average_pool: form({
    ...{ description: 'The mean of every window', type: 'AveragePooling2D', ...windowed },
    alsoCalled: ['averagepooling2d', 'avgpool'],
  }),
  global_max_pool: form({
    ...{ description: 'The largest value of every channel', type: 'GlobalMaxPooling2D', ...noOptions },
    alsoCalled: ['globalmaxpooling2d'],
  }),
  global_average_pool: form({
    ...{ description: 'The mean of every channel', type: 'GlobalAveragePooling2D', ...noOptions },
    alsoCalled: ['globalaveragepooling2d'],
  }),
  flatten: form({ description: 'All values in one row', type: 'Flatten', ...noOptions }),
  dense: form({
    ...{ description: 'A fully connected layer', settings: dense, short: 'units', type: 'Dense' },
    alsoCalled: ['linear'],
    config: ({ units, activation, use_bias, initializer }) => ({
      ...{ units, activation, use_bias, kernel_initializer: initializer },
    }),
  }),
  activation: form({
    ...{ description: 'A function on every value', settings: activation, short: 'activation' },
    type: 'Activation',
    config: ({ activation: name }) => ({ activation: name }),
    stem: ({ activation: name }) => name,
  }),
};

for (const name of ACTIVATIONS.filter((one) => one !== 'linear')) {
  forms[name] = {
    ...{ description: `The ${name} function on every value`, settings: plain, type: 'Activation' },
    config: () => ({ activation: name }),
  };
}

/** How files write layers, by the names they use. A project's own are added before a file is read. */
export const layerForms = new Table<LayerForm>(forms);
