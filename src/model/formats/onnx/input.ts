import { UserError } from '../../../errors.ts';
import type { ReadOptions } from '../format.ts';
import type { Value } from './builder.ts';
import { storedTypes } from './element-types.ts';
import { FoldError } from './fold-error.ts';
import type { OnnxNode } from './nodes.ts';
import type { GraphProto, ValueInfoProto } from './onnx-schema.ts';

/** The image that a model takes. */
export interface ImageInput {
  readonly name: string;
  /** [height, width, channels] */
  readonly shape: readonly [number, number, number];
  /** For rows, columns and channels, their axes in the file. */
  readonly order: readonly [number, number, number];
  readonly batchSize: number;
}

const isChannels = (n: number | undefined): boolean => n === 1 || n === 3;

/** Sizes as the file has them; undefined where it leaves them open. */
function sizesOf({ type }: ValueInfoProto): readonly (number | undefined)[] | undefined {
  return type?.tensorType?.shape?.dim.map(({ dimValue }) =>
    dimValue === undefined || dimValue <= 0n ? undefined : Number(dimValue),
  );
}

/**
 * The one input that is no initializer, an image with its channels first or last; where the file leaves height and width open, the experiment
 * sets them.
 *
 * @throws UserError | FoldError saying what else it is
 */
export function imageInput(
  graph: GraphProto,
  nodes: readonly OnnxNode[],
  values: ReadonlyMap<string, Value>,
  { place, input, preprocess }: ReadOptions,
): ImageInput {
  const inputs = graph.input.filter(({ name }) => !values.has(name));
  const [only, ...others] = inputs;
  if (!only) throw new FoldError('it has no input');
  if (others.length) {
    throw new UserError({
      what: `The model has ${inputs.length} inputs: ${inputs.map(({ name }) => `\`${name}\``).join(', ')}.`,
      place,
      why: 'An image set has one image per input, so only models with one input are supported.',
      hint: 'Export the part that takes the image alone, or fix the other inputs as constants before the export.',
    });
  }
  const sizes = sizesOf(only);
  const text = sizes?.map((n) => n ?? '?').join(', ');
  if (sizes?.length !== 4) {
    throw new UserError({
      what: `The model input \`${only.name}\` has the shape [${text ?? 'unknown'}].`,
      place,
      why: 'Only models that take images are supported: [batch, channels, height, width] or [batch, height, width, channels].',
    });
  }
  const type = only.type?.tensorType?.elemType ?? 1;
  if (storedTypes.get(type)?.type === 'int' && preprocess !== 'none') {
    throw new UserError({
      what: `The model takes whole numbers (${storedTypes.get(type)!.name}) as pixels.`,
      place,
      hint: 'Add `preprocess: none` to the model in the experiment file: pixels stay 0 to 255.',
    });
  }
  const first = channelsFirst(only, sizes, nodes);
  if (first === undefined) {
    throw new UserError({
      what: `The model input \`${only.name}\` has the shape [${text}].`,
      place,
      why: 'Images have 1 channel (grey) or 3 (red, green, blue), as the second axis or the last.',
    });
  }
  const order = first ? ([2, 3, 1] as const) : ([1, 2, 3] as const);
  const size = input ?? [sizes[order[0]], sizes[order[1]]];
  if (size.some((n) => n === undefined)) {
    throw new UserError({
      what: 'The model takes images of any size.',
      place,
      hint: 'Add `input: [height, width]` to the experiment file, or `--input HxW` to the command.',
    });
  }
  if (size.some((n) => n! > 65_536)) throw new FoldError(`its input has the shape [${text}]`);
  // Where the file leaves the channels open, too, they are those of colour images.
  return {
    name: only.name,
    shape: [size[0]!, size[1]!, sizes[order[2]] ?? 3],
    order,
    batchSize: sizes[0] ?? 1,
  };
}

/** Whether the channels come before rows and columns; undefined where neither can be. */
function channelsFirst(
  { name }: ValueInfoProto,
  [, second, , last]: readonly (number | undefined)[],
  nodes: readonly OnnxNode[],
): boolean | undefined {
  if (isChannels(second) && !isChannels(last)) return true;
  if (isChannels(last) && !isChannels(second)) return false;
  // Both fit, or are open: TensorFlow's converter moves the channels at once.
  const users = nodes.filter(({ inputs }) => inputs.includes(name));
  const moves = users.some(
    ({ op, attributes }) => op === 'Transpose' && attributes.integers('perm', []).join() === '0,3,1,2',
  );
  if (isChannels(second) || (second === undefined && last === undefined)) return !moves;
  return second === undefined && !moves ? true : undefined;
}
