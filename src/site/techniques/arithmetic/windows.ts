import type { ArithmeticFacts, ArithmeticPosition, Rectangle } from '../../../techniques/arithmetic/facts.ts';
import type { Panel } from '../../../schema/report.ts';
import {
  addend,
  decimalsFor,
  fixed,
  greyLevel,
  productsAt,
  signedLevel,
  type WalkData,
} from '../../window-walk.ts';
import { plural } from '../../words.ts';
import { functionName } from './function-names.ts';

/** What a page prints of windows over maps: cells, sums, and what comes of them. Pure. */

export const factsOf = (panel: Panel): ArithmeticFacts => panel.facts as unknown as ArithmeticFacts;

export interface Cell {
  readonly text: string;
  /** 0..16 of grey, −16..16 of signed. */
  readonly level: number;
  /** Padding, or a gap in a dilated kernel. */
  readonly empty?: 'padding' | 'gap';
  /** Below the window. */
  readonly marked?: boolean;
}

export interface Grid {
  readonly label: string;
  readonly colours: 'grey' | 'signed';
  readonly columns: number;
  readonly cells: readonly Cell[];
  /** Characters of the longest text. */
  readonly wide: number;
}

export interface ChannelRow {
  readonly name: string;
  readonly colour?: string | undefined;
  readonly input: Grid;
  readonly kernel?: Grid;
  readonly products?: Grid;
  readonly sum?: string;
}

export interface PrintedWindows {
  readonly rows: readonly ChannelRow[];
  /** Sums together, bias, result: each is one line. */
  readonly lines: readonly string[];
  readonly map: Grid;
  readonly rounding: string;
  /** Of a walk. */
  readonly walk?: WalkData;
}

/** @param index of the place shown */
export function printWindows(facts: ArithmeticFacts, index: number): PrintedWindows {
  const { channels = [], operation, places, walk } = facts;
  const patch = facts.patch!;
  const { size, stride, padding } = facts.window!;
  const inside = channels.flatMap(({ values }) => values.filter((value) => value !== null));
  const [low, high] = [Math.min(...inside), Math.max(...inside)];
  const isSum = operation === 'sum';
  const geometry = {
    patch: [patch.top, patch.left, patch.rows, patch.columns] as const,
    ...{ window: size, stride, padding },
    values: channels.map(({ values }) => values),
    weights: channels.map(({ weights = [] }) => weights),
  };
  const spotOf = ({ row = 0, column = 0 }: ArithmeticPosition): [number, number] => [row, column];
  const everyProduct = isSum
    ? places.flatMap((place) => channels.flatMap((_, c) => productsAt(geometry, c, spotOf(place))))
    : [];
  const digits = {
    values: Math.min(4, decimalsFor(inside) + (isSum ? 0 : spreadDigits(low, high))),
    weights: decimalsFor(geometry.weights.flat()),
    sums: decimalsFor(everyProduct) + 1,
  };
  if (!isSum) digits.sums = digits.values;
  const greatest = greatestOf(everyProduct);
  const heaviest = greatestOf(geometry.weights.flat());
  const place = places[index]!;
  const [row, column] = spotOf(place);
  const window = { top: row * stride[0] - padding[0], left: column * stride[1] - padding[1] };
  const rows = channels.map(({ channel, name, values, weights }, c): ChannelRow => {
    const products = isSum ? productsAt(geometry, c, [row, column]) : [];
    const label =
      name ?? (channels.length === 1 && facts.input.shape[2] === 1 ? 'input' : `channel ${channel}`);
    return {
      ...{ name: label, colour: name },
      input: gridOf(label, 'grey', patch.columns, values, (value, i) => {
        const y = patch.top + Math.floor(i / patch.columns);
        const x = patch.left + (i % patch.columns);
        const marked =
          y >= window.top && y < window.top + size[0] && x >= window.left && x < window.left + size[1];
        if (isOutside(facts, y, x)) return { text: isSum ? '0' : '', level: 0, empty: 'padding', marked };
        return { text: fixed(value, digits.values), level: greyLevel(value, low, high), marked };
      }),
      ...(isSum
        ? {
            kernel: signedGrid('kernel', size[1], weights ?? [], digits.weights, heaviest),
            products: signedGrid('products', size[1], products, digits.sums, greatest),
            sum: sumText(place, c, digits.sums),
          }
        : {}),
    };
  });
  return {
    rows,
    lines: linesOf(facts, place, digits.sums),
    map: mapGrid(facts, index, digits.sums, isSum ? undefined : [low, high]),
    rounding: roundingOf(facts, digits),
    ...(walk
      ? {
          walk: {
            ...geometry,
            values: geometry.values.map((all) => all.map(short)),
            weights: geometry.weights.map((all) => all.map(short)),
            start: index,
            walk: [walk.top, walk.left, walk.rows, walk.columns] as const,
            texts: places
              .map((each) =>
                [
                  ...(isSum ? channels.map((_, c) => sumText(each, c, digits.sums)) : []),
                  ...linesOf(facts, each, digits.sums),
                ].join('|'),
              )
              .join(';'),
            ...{ decimals: digits.sums, greatest },
          },
        }
      : {}),
  };
}

const sumText = (place: ArithmeticPosition, channel: number, digits: number): string =>
  fixed(place.sums![channel], digits);

/** All sums and what is added to them, then what comes of it. */
function linesOf(facts: ArithmeticFacts, place: ArithmeticPosition, digits: number): string[] {
  const { operation, bias, others, activation } = facts;
  if (operation !== 'sum') {
    return [`${operation === 'max' ? 'largest value' : 'mean'} = ${fixed(place.output, digits)}`];
  }
  const sums = place.sums!.map((sum, at) => (at === 0 ? fixed(sum, digits) : addend(sum, digits)));
  const rest = [
    ...(others === undefined ? [] : [`${addend(place.others, digits)} (${plural(others, 'other channel')})`]),
    ...(bias === undefined ? [] : [`${addend(bias, digits)} (bias)`]),
  ];
  return [
    ...(sums.length + rest.length > 1 ? [[...sums, ...rest].join(' ')] : []),
    `= ${fixed(place.before ?? place.output, digits)}`,
    ...(activation ? [`${functionName(activation.name)} of it = ${fixed(place.output, digits)}`] : []),
  ];
}

function mapGrid(
  facts: ArithmeticFacts,
  index: number,
  digits: number,
  grey: [number, number] | undefined,
): Grid {
  const { places, walk } = facts;
  const shown = walk ? places : [places[index]!];
  const outputs = shown.map(({ output }) => output);
  const greatest = greatestOf(outputs);
  return gridOf(
    walk ? 'feature map' : 'result',
    grey ? 'grey' : 'signed',
    walk?.columns ?? 1,
    outputs,
    (value, i) => ({
      text: fixed(value, digits),
      level: grey ? greyLevel(value, ...grey) : signedLevel(value, greatest),
      marked: walk ? i === index : true,
    }),
  );
}

const signedGrid = (
  label: string,
  columns: number,
  values: readonly (number | null)[],
  digits: number,
  greatest: number,
): Grid =>
  gridOf(label, 'signed', columns, values, (value) =>
    value === null
      ? { text: '', level: 0, empty: 'gap' }
      : { text: fixed(value, digits), level: signedLevel(value, greatest) },
  );

function gridOf(
  label: string,
  colours: Grid['colours'],
  columns: number,
  values: readonly (number | null)[],
  cellOf: (value: number | null, index: number) => Cell,
): Grid {
  const cells = values.map(cellOf);
  return { label, colours, columns, cells, wide: Math.max(...cells.map(({ text }) => text.length)) };
}

/** One more decimal where values differ by little. */
const spreadDigits = (low: number, high: number): number => (high > low && high - low < 0.1 ? 1 : 0);

/** Digits enough for products that are printed with three or four. */
const short = (value: number | null): number | null => value && Number(value.toPrecision(6));

const greatestOf = (values: readonly (number | null)[]): number =>
  values.reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0);

const isOutside = ({ input }: ArithmeticFacts, row: number, column: number): boolean =>
  row < 0 || column < 0 || row >= input.shape[0]! || column >= input.shape[1]!;

function roundingOf(
  { operation }: ArithmeticFacts,
  { values, weights, sums }: { values: number; weights: number; sums: number },
): string {
  const places = (count: number): string => (count === 1 ? '1 decimal' : `${count} decimals`);
  return operation === 'sum'
    ? `Computed with unrounded numbers, then rounded: the input to ${places(values)}, the kernel to ${places(weights)}, products and sums to ${places(sums)}.`
    : `Rounded to ${places(values)}.`;
}

/** The position of a walk that is shown where nothing moves: one in the padding, where there is any, else the last. */
export function firstShown({ patch, input, places }: ArithmeticFacts): number {
  const isPadded = patch !== undefined && (patch.top < 0 || patch.left < 0) && input.shape.length === 3;
  return isPadded ? 0 : places.length - 1;
}

/** `rows 120 to 124, columns 180 to 184`. */
export function describePatch({ top, left, rows, columns }: Rectangle): string {
  const along = (name: string, from: number, count: number): string =>
    count === 1 ? `${name} ${from}` : `${name}s ${from} to ${from + count - 1}`.replaceAll('-', '−');
  return `${along('row', top, rows)}, ${along('column', left, columns)}`;
}
