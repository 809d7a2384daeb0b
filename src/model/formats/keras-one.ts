import { canonicalType } from '../layer-types.ts';
import type { LayerSpec } from './keras-spec.ts';

type Config = Readonly<Record<string, unknown>>;

/** Today's names of options; those that Keras 2 kept are not listed. */
const options: Readonly<Record<string, string>> = {
  nb_filter: 'filters',
  output_dim: 'units',
  border_mode: 'padding',
  subsample: 'strides',
  atrous_rate: 'dilation_rate',
  bias: 'use_bias',
  init: 'kernel_initializer',
  beta_init: 'beta_initializer',
  gamma_init: 'gamma_initializer',
  W_regularizer: 'kernel_regularizer',
  b_regularizer: 'bias_regularizer',
  W_constraint: 'kernel_constraint',
  b_constraint: 'bias_constraint',
  p: 'rate',
  sigma: 'stddev',
};

/** What `Merge` does in each of its modes. */
const merges: Readonly<Record<string, string>> = {
  sum: 'Add',
  mul: 'Multiply',
  ave: 'Average',
  max: 'Maximum',
  concat: 'Concatenate',
};

/** A layer of Keras 1 in the words of Keras 2. What has no such words keeps its own and is refused by name later on. */
export function fromKerasOne(spec: LayerSpec): LayerSpec {
  if (spec.type === 'Merge') return fromMerge(spec);
  const { nb_row: rows, nb_col: columns, dim_ordering: ordering, ...rest } = spec.config;
  const renamed = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      Object.hasOwn(options, key) ? options[key]! : key,
      key === 'padding' ? margins(value) : value,
    ]),
  );
  const config: Config = {
    ...renamed,
    ...(rows === undefined ? {} : { kernel_size: [rows, columns] }),
    ...(ordering === undefined
      ? {}
      : { data_format: ordering === 'th' ? 'channels_first' : 'channels_last' }),
  };
  return { ...spec, type: canonicalType(spec.type), config };
}

/** Four margins stand in one list: top, bottom, left, right. */
function margins(value: unknown): unknown {
  if (!Array.isArray(value) || value.length !== 4) return value;
  const [top, bottom, left, right] = value as unknown[];
  return [
    [top, bottom],
    [left, right],
  ];
}

function fromMerge(spec: LayerSpec): LayerSpec {
  const { mode, concat_axis: axis, name } = spec.config;
  const type = typeof mode === 'string' && Object.hasOwn(merges, mode) ? merges[mode]! : undefined;
  if (!type || Array.isArray(spec.config['layers'])) return { ...spec, type: `Merge.${String(mode)}` };
  return { ...spec, type, config: { name, ...(type === 'Concatenate' ? { axis } : {}) } };
}
