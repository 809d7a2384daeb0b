const RANDOM = 'Layers that draw at random do nothing in inference.';
const TRAINING = 'It only plays a part in training.';
const BUILDING = 'It says how the layer is made; its weights are read or drawn already.';
const SHAPE = 'Shapes come from the input of the network.';

/** Options of Keras' layers that change no number in inference, each with the reason. They are passed over. */
export const optionsWithoutEffect: Readonly<Record<string, string>> = {
  name: 'The layer is known by it already.',
  trainable: 'It only says in which order an HDF5 file keeps weights, and is used there.',
  autocast: 'Everything is computed in float32.',
  dynamic: 'It says how Keras runs the layer.',
  batch_input_shape: SHAPE,
  batch_shape: SHAPE,
  input_shape: SHAPE,
  input_dtype: 'Inputs are float32.',
  input_dim: SHAPE,
  input_length: SHAPE,
  batch_size: SHAPE,
  optional: 'There always is an input.',
  rank: 'The class says how many axes it works on.',
  activity_regularizer: TRAINING,
  momentum: TRAINING,
  renorm_momentum: TRAINING,
  renorm_clipping: TRAINING,
  synchronized: TRAINING,
  fused: 'It chooses among implementations of the same arithmetic.',
  lora_rank: 'Keras saves a kernel with its LoRA factors merged into it.',
  lora_alpha: 'Keras saves a kernel with its LoRA factors merged into it.',
};

const endings: readonly (readonly [ending: string, reason: string])[] = [
  ['_initializer', BUILDING],
  ['_regularizer', TRAINING],
  ['_constraint', TRAINING],
];

/** The same for layers that are the identity in inference: nothing of what they draw matters. */
const randomOptions: ReadonlySet<string> = new Set([
  'rate',
  'noise_shape',
  'seed',
  'rng_type',
  'force_generator',
  'stddev',
  'l1',
  'l2',
  'data_format',
  'mode',
  'factor',
  'height_factor',
  'width_factor',
  'x_factor',
  'y_factor',
  'fill_mode',
  'fill_value',
  'interpolation',
  'value_range',
  'bounding_box_format',
  'scale',
  'brightness_factor',
  'contrast_factor',
  'saturation_factor',
  'hue_factor',
  'kernel_size',
  'sigma',
  'alpha',
]);

/** Why an option changes nothing; undefined where it would. @param identity of a layer that hands its input on */
export function reasonWithoutEffect(option: string, identity: boolean): string | undefined {
  if (identity && randomOptions.has(option)) return RANDOM;
  if (Object.hasOwn(optionsWithoutEffect, option)) return optionsWithoutEffect[option];
  return endings.find(([ending]) => option.endsWith(ending))?.[1];
}
