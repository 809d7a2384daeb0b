import type { ArithmeticFacts, ArithmeticPosition, Rectangle } from './facts.ts';
import { exact } from './exact.ts';
import { boxInImage, windowOf } from './geometry.ts';
import type { LayerValues, Values } from './layer-values.ts';

/** What is written out of one filter at some positions. */
export interface Selection {
  readonly filter: number;
  /** Positions of the feature map; of a vector, [0, 0]. */
  readonly places: readonly (readonly [row: number, column: number])[];
  /** Of the input; absent for layers without windows. */
  readonly patch?: Rectangle | undefined;
  readonly walk?: Rectangle | undefined;
  /** Channels or terms to write out at most. */
  readonly most: number;
}

/** Everything but what is plotted: operands, sums, results. */
export function collectFacts(values: LayerValues, selection: Selection): ArithmeticFacts {
  const { layer, inputLayer, formula, output } = values;
  const { filter, places, patch, walk } = selection;
  const vector = layer.outputShape.length === 1;
  const { kind } = formula.formula;
  const shared = {
    operation: kind,
    input: { layer: inputLayer.name, shape: [...formula.inputShape] },
    map: [...layer.outputShape],
    ...('activation' in formula.formula && formula.formula.activation.name !== 'linear'
      ? { activation: named(formula.formula.activation) }
      : {}),
    ...(walk ? { walk } : {}),
  };
  const placed = places.map(([row, column]): ArithmeticPosition => ({
    ...(vector ? {} : { row, column }),
    ...(values.before ? { before: exact(at(values.before, row, column, filter)) } : {}),
    output: exact(at(output, row, column, filter)),
  }));
  if (kind === 'function') {
    const [[top, left] = [0, 0]] = places;
    const seen = vector ? undefined : boxInImage(layer, { top, left, rows: 1, columns: 1 });
    return { ...shared, ...(seen ? { box: seen } : {}), places: placed };
  }
  if (kind === 'dense') return { ...shared, ...dense(values, selection, placed[0]!) };
  const box = boxInImage(inputLayer, patch!);
  const geometry = {
    window: plain(windowOf(formula)!),
    patch: patch!,
    ...(box ? { box } : {}),
  };
  if (kind !== 'sum') {
    const channel = channelOf(values, filter, patch!);
    return { ...shared, ...geometry, channels: [channel], places: placed };
  }
  return { ...shared, ...geometry, ...products(values, selection, placed) };
}

/** Of a convolution: the channels that contribute most, with their weights, and what each position sums up. */
function products(
  values: LayerValues,
  { filter, places, patch, most }: Selection,
  placed: readonly ArithmeticPosition[],
): Pick<ArithmeticFacts, 'channels' | 'others' | 'bias' | 'places'> {
  const { formula, kernel, bias } = values;
  if (formula.formula.kind !== 'sum') throw new Error('not a convolution');
  const [height, width, depth, filters] = kernel!.shape as [number, number, number, number];
  const { dilation, size, stride, padding } = windowOf(formula)!;
  const first = formula.formula.firstChannel(filter);
  const weight = (row: number, column: number, channel: number): number =>
    kernel!.data[((row * width + column) * depth + channel) * filters + filter]!;
  const sums = places.map(([row, column]) =>
    Array.from({ length: depth }, (_, channel) => {
      let sum = 0;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const value = inputAt(
            values.input,
            row * stride[0] - padding[0] + y * dilation[0],
            column * stride[1] - padding[1] + x * dilation[1],
            first + channel,
          );
          sum += (value ?? 0) * weight(y, x, channel);
        }
      }
      return sum;
    }),
  );
  const shareOf = (channel: number): number => sums.reduce((all, of) => all + Math.abs(of[channel]!), 0);
  const all = Array.from({ length: depth }, (_, channel) => channel);
  const shown = (
    depth <= most ? all : all.sort((a, b) => shareOf(b) - shareOf(a) || a - b).slice(0, most)
  ).sort((a, b) => a - b);
  const rest = depth - shown.length;
  const constant = bias?.[filter];
  return {
    channels: shown.map((channel) => ({
      ...channelOf(values, first + channel, patch!),
      weights: Array.from({ length: size[0] * size[1] }, (_, i) => {
        const [y, x] = [Math.floor(i / size[1]), i % size[1]];
        return y % dilation[0] || x % dilation[1]
          ? null
          : exact(weight(y / dilation[0], x / dilation[1], channel));
      }),
    })),
    ...(rest > 0 ? { others: rest } : {}),
    ...(constant === undefined ? {} : { bias: exact(constant) }),
    places: placed.map((place, i) => ({
      ...place,
      sums: shown.map((channel) => exact(sums[i]![channel]!)),
      ...(rest > 0
        ? {
            others: exact(
              sums[i]!.reduce((sum, one, channel) => (shown.includes(channel) ? sum : sum + one), 0),
            ),
          }
        : {}),
    })),
  };
}

/** Of one unit: the products of greatest magnitude. */
function dense(
  { kernel, bias, input }: LayerValues,
  { filter, most }: Selection,
  place: ArithmeticPosition,
): Pick<ArithmeticFacts, 'terms' | 'others' | 'bias' | 'places'> {
  const units = kernel!.shape[1]!;
  const product = (unit: number): number => input.data[unit]! * kernel!.data[unit * units + filter]!;
  const all = Array.from(input.data, (_, unit) => unit);
  const shown = [...all]
    .sort((a, b) => Math.abs(product(b)) - Math.abs(product(a)) || a - b)
    .slice(0, Math.min(most, all.length));
  const rest = all.length - shown.length;
  const others = all.reduce((sum, unit) => (shown.includes(unit) ? sum : sum + product(unit)), 0);
  const constant = bias?.[filter];
  return {
    terms: shown.map((unit) => ({
      unit,
      value: exact(input.data[unit]!),
      weight: exact(kernel!.data[unit * units + filter]!),
    })),
    ...(rest > 0 ? { others: rest } : {}),
    ...(constant === undefined ? {} : { bias: exact(constant) }),
    places: [{ ...place, ...(rest > 0 ? { others: exact(others) } : {}) }],
  };
}

function channelOf(
  { input, names }: LayerValues,
  channel: number,
  { top, left, rows, columns }: Rectangle,
): NonNullable<ArithmeticFacts['channels']>[number] {
  return {
    channel,
    ...(names ? { name: names[channel]! } : {}),
    values: Array.from({ length: rows * columns }, (_, i) => {
      const value = inputAt(input, top + Math.floor(i / columns), left + (i % columns), channel);
      return value === undefined ? null : exact(value);
    }),
  };
}

export const at = ({ width, channels, data }: Values, row: number, column: number, channel: number): number =>
  data[(row * width + column) * channels + channel]!;

/** Undefined in the padding. */
function inputAt(values: Values, row: number, column: number, channel: number): number | undefined {
  const inside = row >= 0 && column >= 0 && row < values.height && column < values.width;
  return inside ? at(values, row, column, channel) : undefined;
}

function plain({ size, stride, dilation, padding }: NonNullable<ReturnType<typeof windowOf>>) {
  const pair = ([a, b]: readonly [number, number]): [number, number] => [a, b];
  return { size: pair(size), stride: pair(stride), dilation: pair(dilation), padding: pair(padding) };
}

/** A function as facts name it. */
export function named({ name, parameters }: { name: string; parameters: Readonly<Record<string, number>> }): {
  name: string;
  parameters?: Record<string, number>;
} {
  return Object.keys(parameters).length > 0 ? { name, parameters: { ...parameters } } : { name };
}
