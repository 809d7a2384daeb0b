import type { ActivationFunction } from '../../model/layers/activation-functions.ts';
import { applyActivation } from '../../model/layers/activation-functions.ts';
import type { ComputeContext } from '../technique.ts';
import { at, named } from './collect.ts';
import type { ArithmeticFacts } from './facts.ts';
import { exact } from './exact.ts';
import type { LayerValues, Values } from './layer-values.ts';

/** Points of a curve, and bins below it. */
const POINTS = 65;
const BINS = 48;
/** Functions whose shape is seen in any range; others are plotted from -CURVED to CURVED at least. */
const STRAIGHT: ReadonlySet<string> = new Set(['linear', 'relu', 'leaky_relu']);
const CURVED = 3;
/** Units of a softmax that are written out. */
const MOST_SHARES = 12;

/** Of several values together, so that it has no curve of its own. */
export const isShare = ({ name }: { readonly name: string }): boolean =>
  name === 'softmax' || name === 'log_softmax';

/** Adds curves with where values fall on them, and the shares of a softmax, where the layer has one or the view sets them. */
export async function withPlots(
  facts: ArithmeticFacts,
  { formula, before }: LayerValues,
  filter: number,
  compared: readonly ActivationFunction[],
  tf: ComputeContext['tf'],
): Promise<ArithmeticFacts> {
  if (!before || !('activation' in formula.formula)) return facts;
  const own = formula.formula.activation;
  const isOwn = ({ name, parameters }: ActivationFunction): boolean =>
    name === own.name && JSON.stringify(parameters) === JSON.stringify(own.parameters);
  const all = [...(own.name === 'linear' ? [] : [own]), ...compared.filter((each) => !isOwn(each))];
  const curves = all.filter((each) => !isShare(each));
  const [{ row = 0, column = 0 } = {}] = facts.places;
  const softmax = all.some(({ name }) => name === 'softmax')
    ? { softmax: sharesOf(before, row, column, filter) }
    : {};
  if (curves.length === 0) return { ...facts, ...softmax };
  const [from, to] = rangeOf(
    before,
    filter,
    curves.some(({ name }) => !STRAIGHT.has(name)),
  );
  const apply = async (each: ActivationFunction, x: readonly number[]): Promise<number[]> => {
    const result = tf.tidy(() => applyActivation(tf, each, tf.tensor1d([...x])));
    const values = [...((await result.data()) as Float32Array)];
    result.dispose();
    return values;
  };
  const line = Array.from({ length: POINTS }, (_, i) => from + ((to - from) * i) / (POINTS - 1));
  const inputs = facts.places.map((place) => place.before ?? NaN);
  const functions = [];
  const results: number[][] = [];
  for (const each of curves) {
    const values = (await apply(each, line)).map(exact);
    functions.push({ ...named(each), values, own: each === own });
    results.push(await apply(each, inputs));
  }
  return {
    ...facts,
    ...softmax,
    plot: { from, to, counts: countsOf(before, filter, from, to), functions },
    places: facts.places.map((place, i) => ({ ...place, functions: results.map((of) => exact(of[i]!)) })),
  };
}

/** Of the filter's map; of a vector, all of it. */
function valuesOf({ height, width, channels, data }: Values, filter: number): Float32Array {
  if (height * width === 1) return data;
  return Float32Array.from({ length: height * width }, (_, place) => data[place * channels + filter]!);
}

/** All of the values, a bit more to either side, and zero. */
function rangeOf(values: Values, filter: number, curved: boolean): [number, number] {
  let low = curved ? -CURVED : 0;
  let high = curved ? CURVED : 0;
  for (const value of valuesOf(values, filter)) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const most = Math.max(-low, high) || 1;
  const round = (bound: number): number => Number(bound.toPrecision(4));
  return [round(Math.min(low * 1.1, -most / 3)), round(Math.max(high * 1.1, most / 3))];
}

function countsOf(values: Values, filter: number, from: number, to: number): number[] {
  const counts = new Array<number>(BINS).fill(0);
  for (const value of valuesOf(values, filter)) {
    const bin = Math.floor(((value - from) / (to - from)) * BINS);
    if (bin >= 0 && bin < BINS) counts[bin]!++;
  }
  return counts;
}

/** The greatest shares, and that of the filter itself. */
function sharesOf(
  values: Values,
  row: number,
  column: number,
  filter: number,
): NonNullable<ArithmeticFacts['softmax']> {
  const logits = Array.from({ length: values.channels }, (_, unit) => at(values, row, column, unit));
  const greatest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - greatest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const order = logits.map((_, unit) => unit).sort((a, b) => logits[b]! - logits[a]! || a - b);
  const shown = order.slice(0, MOST_SHARES);
  if (!shown.includes(filter)) shown[shown.length - 1] = filter;
  // Few units stay in their own order, in which a reader looks for them.
  if (logits.length <= MOST_SHARES) shown.sort((a, b) => a - b);
  return {
    ...{ units: logits.length, greatest: exact(greatest), total: exact(total) },
    terms: shown.map((unit) => ({
      ...{ unit, value: exact(logits[unit]!), share: exact(powers[unit]! / total) },
    })),
  };
}
