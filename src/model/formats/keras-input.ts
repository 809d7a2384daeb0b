import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { show } from '../layers/config-reader.ts';
import { isRecord } from '../layers/plain-value.ts';
import type { KerasOptions } from './keras-options.ts';
import { modelLayers } from './keras-spec.ts';
import type { LayerSpec } from './keras-spec.ts';

/** [height, width, channels] of the image a model takes, with the experiment's own height and width if it gives any. */
export function kerasInputShape(
  root: LayerSpec,
  { place, input }: KerasOptions,
): readonly [number, number, number] {
  const written = writtenShape(root, place, 0);
  if (!written) {
    throw new UserError({
      what: 'The model does not state its input shape.',
      place,
      hint: 'Begin the model with keras.Input((height, width, channels)), and save it again.',
    });
  }
  if (usesChannelsFirst(root, 0)) {
    throw new UserError({
      what: `The model takes images as channels, height, width: its input shape is ${show(written)}.`,
      place,
      why: 'Its layers have `data_format: "channels_first"`, which is not supported.',
      hint: 'Build the model with `data_format="channels_last"`, Keras\' default, load the same weights, and save it again.',
    });
  }
  return inputSize(written, { place, ...(input ? { input } : {}) });
}

/**
 * The size of images, with the experiment's own height and width if it gives any.
 *
 * @param written [null, height, width, channels], where null leaves a size open
 */
export function inputSize(
  written: readonly unknown[],
  { place, input }: Pick<KerasOptions, 'place' | 'input'>,
): readonly [number, number, number] {
  const [, height, width, channels] = written;
  if (written.length !== 4) {
    throw new UserError({
      what: `The model has the input shape ${show(written)}.`,
      place,
      why: 'Only models that take images are supported: [null, height, width, channels].',
    });
  }
  if (channels !== 1 && channels !== 3) {
    throw new UserError({
      what: `The model input has ${show(channels)} channels.`,
      place,
      why: 'Images have 1 channel (grey) or 3 (red, green, blue).',
    });
  }
  const size = input ?? [height, width];
  if (size.some((n) => n === null || n === undefined)) {
    throw new UserError({
      what: 'The model takes images of any size.',
      place,
      hint: 'Add `input: [height, width]` to the experiment file, or `--input HxW` to the command.',
    });
  }
  if (!size.every((n) => Number.isSafeInteger(n) && (n as number) > 0 && (n as number) <= 65_536)) {
    throw new UserError({ what: `The model has the input shape ${show(written)}.`, place });
  }
  return [size[0] as number, size[1] as number, channels];
}

/** Whether a layer with windows has the channels before the rows. */
function usesChannelsFirst(spec: LayerSpec, depth: number): boolean {
  const layers = spec.config['layers'];
  if (depth > 16 || !Array.isArray(layers)) {
    const windowed = ['kernel_size', 'nb_row', 'pool_size'].some((key) => key in spec.config);
    const { data_format: format, dim_ordering: ordering } = spec.config;
    return windowed && (format === 'channels_first' || ordering === 'th');
  }
  return (layers as unknown[]).some((layer) => {
    const config = isRecord(layer) && isRecord(layer['config']) ? layer['config'] : {};
    return usesChannelsFirst({ ...spec, config }, depth + 1);
  });
}

/** [null, height, width, channels], from wherever the several versions of Keras write it. */
function writtenShape(spec: LayerSpec, place: Place, depth: number): readonly unknown[] | undefined {
  for (const key of ['batch_shape', 'batch_input_shape']) {
    const shape = spec.config[key];
    if (Array.isArray(shape)) return shape;
  }
  if (depth > 16 || !Array.isArray(spec.config['layers'])) return undefined;
  const layers = modelLayers(spec, place);
  const first = layers.find(({ type }) => type === 'InputLayer') ?? layers[0]!;
  const inner = writtenShape(first, place, depth + 1);
  if (inner) return inner;
  const built = spec.config['build_input_shape'];
  return Array.isArray(built) ? built : undefined;
}
