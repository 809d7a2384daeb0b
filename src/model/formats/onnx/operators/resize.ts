import { COORDINATES } from '../../../layers/resampling.ts';
import { expectConstant, expectIntegers } from '../builder.ts';
import type { Maps } from '../builder.ts';
import { sizeOf } from '../constant.ts';
import { axesOf, range } from '../axes.ts';
import { FoldError } from '../fold-error.ts';
import type { Operator, Step } from './operator.ts';
import { mapsOf } from './operator.ts';

const numbers = (step: Step, input: number, what: string): readonly number[] | undefined => {
  const given = step.inputs[input];
  if (!given) return undefined;
  const found = expectConstant(given, what);
  return sizeOf(found.shape) ? Array.from(found.values()) : undefined;
};

/** Adds the layer for factors or sizes along some axes of ONNX. */
function enlarge(
  { node, builder }: Step,
  maps: Maps,
  along: readonly { readonly axis: number; readonly scale: number; readonly size?: number }[],
  options: Readonly<Record<string, unknown>>,
): Maps {
  const input = builder.asImages(node, maps);
  const byAxis = new Map(along.map((one) => [one.axis, one]));
  for (const axis of [0, 1]) {
    const one = byAxis.get(axis);
    if (one && (one.scale !== 1 || (one.size ?? maps.shape[axis]) !== maps.shape[axis]))
      throw new FoldError(
        'it resizes along the axis of the batch or of the channels, which is not supported',
      );
  }
  const of = (axis: number) => byAxis.get(axis) ?? { axis, scale: 1 };
  const [vertical, horizontal] = [of(2), of(3)];
  const scales = [vertical.scale, horizontal.scale];
  // Where sizes come from the input's they are whole factors of it as a rule, which hold for other inputs, too.
  const fixed = [vertical, horizontal].some(
    ({ size, scale }) => size !== undefined && !Number.isInteger(scale),
  );
  const sizes = fixed ? [vertical.size ?? maps.shape[2]!, horizontal.size ?? maps.shape[3]!] : undefined;
  return builder.emit(node, 'Resize', { scales, ...(sizes ? { sizes } : {}), ...options }, [input]);
}

/** Of `tf_crop_and_resize`: top, left, bottom, right of the part of the maps that is resized. */
function cropOf(step: Step, axes: readonly number[], rank: number): readonly number[] {
  const region = numbers(step, 1, 'its region') ?? [];
  if (region.length !== 2 * axes.length) throw new FoldError(`its region has ${region.length} values`);
  const of = (axis: number): readonly [number, number] => {
    const at = axes.indexOf(axis);
    return at < 0 ? [0, 1] : [region[at]!, region[at + axes.length]!];
  };
  if (range(rank - 2).some((axis) => of(axis).join() !== '0,1'))
    throw new FoldError('it crops along the axis of the batch or of the channels, which is not supported');
  const [rows, columns] = [of(rank - 2), of(rank - 1)];
  return [rows[0], columns[0], rows[1], columns[1]];
}

const resize: Operator = (step) => {
  const { attributes, opset } = step;
  const maps = mapsOf(step);
  const rank = maps.shape.length;
  const axes = axesOf(attributes.integers('axes', range(rank)), rank);
  const scales = numbers(step, opset < 11 ? 1 : 2, 'its scales');
  const sizes = opset < 11 ? undefined : step.inputs[3] && expectIntegers(step.inputs[3], 'its sizes');
  const policy = attributes.choice(
    'keep_aspect_ratio_policy',
    ['stretch', 'not_larger', 'not_smaller'],
    'stretch',
  );
  const mode = attributes.choice('mode', ['nearest', 'linear', 'cubic'], 'nearest');
  const coordinates = attributes.choice('coordinate_transformation_mode', COORDINATES, 'half_pixel');
  const options = {
    mode,
    coordinates: opset < 11 ? 'asymmetric' : coordinates,
    nearest_mode: attributes.choice(
      'nearest_mode',
      ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'],
      opset < 11 ? 'floor' : 'round_prefer_floor',
    ),
    cubic_coeff_a: attributes.float('cubic_coeff_a', -0.75),
    exclude_outside: attributes.integer('exclude_outside', 0) === 1,
    antialias: attributes.integer('antialias', 0) === 1,
    ...(coordinates === 'tf_crop_and_resize'
      ? { crop: cropOf(step, axes, rank), extrapolation_value: attributes.float('extrapolation_value', 0) }
      : {}),
  };
  attributes.float('extrapolation_value', 0);
  const given = sizes?.length ? sizes : scales;
  if (!given || given.length !== axes.length)
    throw new FoldError('it has no scales and no sizes for its axes');
  if (!sizes?.length) {
    return [
      enlarge(
        step,
        maps,
        axes.map((axis, i) => ({ axis, scale: given[i]! })),
        options,
      ),
    ];
  }
  const ratios = axes.map((axis, i) => given[i]! / maps.shape[axis]!);
  if (policy === 'stretch') {
    return [
      enlarge(
        step,
        maps,
        axes.map((axis, i) => ({ axis, scale: ratios[i]!, size: given[i]! })),
        options,
      ),
    ];
  }
  const scale = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  const size = (axis: number): number => Math.round(scale * maps.shape[axis]!);
  return [
    enlarge(
      step,
      maps,
      axes.map((axis) => ({ axis, scale, size: size(axis) })),
      options,
    ),
  ];
};

/** The older operator, and the one of version 9. */
const upsample: Operator = (step) => {
  const { attributes, inputs } = step;
  const scales = inputs[1] ? numbers(step, 1, 'its scales') : attributes.floats('scales');
  const mode = attributes.choice('mode', ['nearest', 'linear'], 'nearest');
  const maps = mapsOf(step);
  if (!scales || scales.length !== maps.shape.length) throw new FoldError('it has no scales for its axes');
  const options = {
    ...{ mode, coordinates: 'asymmetric', nearest_mode: 'floor', cubic_coeff_a: -0.75 },
    ...{ exclude_outside: false, antialias: false },
  };
  return [
    enlarge(
      step,
      maps,
      scales.map((scale, axis) => ({ axis, scale })),
      options,
    ),
  ];
};

export const resizeOperators: Readonly<Record<string, Operator>> = { Resize: resize, Upsample: upsample };
