/**
 * Colours of one scale in those of another, by filters of the browser: a panel's pixels need not be read, which pages from disk may not.
 * A weighted sum of red, green and blue tells a colour's place in its table, where it grows from each colour to the next.
 */
import { svg } from './dom.ts';

export type Range = readonly [low: number, high: number];

const SIZE = 256;
const WEIGHTS: readonly (readonly [number, number, number])[] = [
  [0, 1, 0],
  [0.3, 0.59, 0.11],
  [1, 0, 0],
  [0.5, 0.5, 0],
  [0.33, 0.33, 0.33],
  [0, 0.5, 0.5],
];
/** Sums that are above zero on one side of a diverging table and below on the other. */
const SIDES: readonly (readonly [number, number, number])[] = [
  [1, 0, -1],
  [1, -1, 0],
  [0, 1, -1],
];
/** Fewer different sums than this, of half a table half of it, would show as steps. */
const LEAST_LEVELS = 96;

type Row = readonly [red: number, green: number, blue: number, alpha: number, bias: number];

/** Neighbouring colours of a table, told apart by one sum. */
interface Part {
  /** Makes a grey of a colour: a row of a colour matrix. */
  readonly row: Row;
  /** Of each grey the place in the table. */
  readonly places: Uint8Array;
}

export interface ColorTable {
  /** 256 times red, green, blue. */
  readonly colors: Uint8Array;
  /** The whole table, or of a diverging one the lower and the upper half. */
  readonly parts: readonly [Part] | readonly [Part, Part];
  /** Opaque for colours of the upper half, transparent for those of the lower: a row of a colour matrix. */
  readonly upper?: Row;
}

/** Undefined for colours that no sum and no pair of sums tells apart. */
export function readTable(base64: string): ColorTable | undefined {
  const colors = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const whole = partOf(colors, 0, SIZE);
  if (whole) return { colors, parts: [whole] };
  const [low, high] = [partOf(colors, 0, SIZE / 2), partOf(colors, SIZE / 2, SIZE)];
  const upper = upperOf(colors);
  return low && high && upper ? { colors, parts: [low, high], upper } : undefined;
}

const sumsOf = (colors: Uint8Array, weights: readonly number[]): number[] =>
  Array.from({ length: SIZE }, (_, at) =>
    weights.reduce((sum, weight, part) => sum + (weight * colors[3 * at + part]!) / 255, 0),
  );

function partOf(colors: Uint8Array, from: number, to: number): Part | undefined {
  let best: Part | undefined;
  let most = (LEAST_LEVELS * (to - from)) / SIZE - 1;
  for (const weights of WEIGHTS) {
    const sums = sumsOf(colors, weights).slice(from, to);
    const [first, last] = [sums[0]!, sums.at(-1)!];
    const gain = 1 / (last - first);
    const levels = sums.map((sum) => Math.round(255 * (sum - first) * gain));
    if (!Number.isFinite(gain) || levels.some((level, at) => at > 0 && level < levels[at - 1]!)) continue;
    const count = new Set(levels).size;
    if (count <= most) continue;
    most = count;
    const [red, green, blue] = weights;
    best = {
      row: [red * gain, green * gain, blue * gain, 0, -first * gain],
      places: placesOf(levels).map((place) => from + place),
    };
  }
  return best;
}

/** Colours at the middle are nearly those of both halves: there the sign may be wrong. */
const NEAR = 6;

function upperOf(colors: Uint8Array): Row | undefined {
  const middle = SIZE / 2;
  for (const weights of SIDES) {
    const sums = sumsOf(colors, weights);
    const sign = Math.sign(sums.at(-1)!);
    const [red, green, blue] = weights;
    if (sums.every((sum, at) => Math.abs(at - middle) < NEAR || sum * sign * (at - middle) > 0))
      return [SIZE * sign * red, SIZE * sign * green, SIZE * sign * blue, 0, 0.5];
  }
  return undefined;
}

/** Of each level the middle one of the places that have it, or are nearest. */
function placesOf(levels: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: SIZE }, (_, level) => {
    const distance = Math.min(...levels.map((each) => Math.abs(each - level)));
    const places = levels.flatMap((each, at) => (Math.abs(each - level) === distance ? [at] : []));
    return places[Math.floor((places.length - 1) / 2)]!;
  });
}

/** The place in a table of each place's value on another scale. Pure. */
export function movedPlaces([low, high]: Range, [least, greatest]: Range): Uint8Array {
  const span = greatest - least;
  return Uint8Array.from({ length: SIZE }, (_, at) => {
    const value = low + ((at + 0.5) / SIZE) * (high - low);
    const place = span > 0 ? Math.floor(((value - least) / span) * SIZE) : 0;
    return Math.min(SIZE - 1, Math.max(0, place));
  });
}

let store: SVGSVGElement | undefined;
const known = new Map<string, string>();

/** Shows a panel, whose colours stand for a range, in those of another range; in its own again without one. */
export function recolour(cut: HTMLElement, table: ColorTable, own: Range, to: Range | undefined): void {
  const range = to && table.upper ? symmetric(to) : to;
  const same = range && range[0] === own[0] && range[1] === own[1];
  cut.style.filter = range && !same ? `url(#${filterFor(table, own, range)})` : '';
}

/** Zero is the middle of a diverging table. */
export function symmetric([low, high]: Range): Range {
  const reach = Math.max(Math.abs(low), Math.abs(high));
  return [-reach, reach];
}

function filterFor({ colors, parts, upper }: ColorTable, own: Range, to: Range): string {
  const key = `${parts.map(({ row }) => row.join()).join()} ${own.join()} ${to.join()}`;
  const found = known.get(key);
  if (found) return found;
  const id = `scale-${known.size}`;
  known.set(key, id);
  const moved = movedPlaces(own, to);
  const filter = svg('filter', {
    id,
    x: 0,
    y: 0,
    width: 1,
    height: 1,
    'color-interpolation-filters': 'sRGB',
  });
  for (const [index, { row, places }] of parts.entries()) {
    const grey = row.join(' ');
    filter.append(
      svg('feColorMatrix', {
        in: 'SourceGraphic',
        type: 'matrix',
        values: `${grey} ${grey} ${grey} 0 0 0 1 0`,
      }),
    );
    const transfer = svg('feComponentTransfer', { result: `part-${index}` });
    for (const [part, name] of (['feFuncR', 'feFuncG', 'feFuncB'] as const).entries()) {
      const values = [...places].map((place) => (colors[3 * moved[place]! + part]! / 255).toFixed(3));
      transfer.append(svg(name, { type: 'discrete', tableValues: values.join(' ') }));
    }
    filter.append(transfer);
  }
  if (upper) {
    const values = `0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ${upper.join(' ')}`;
    filter.append(
      svg('feColorMatrix', { in: 'SourceGraphic', type: 'matrix', values, result: 'upper' }),
      svg('feComposite', { in: 'part-1', in2: 'upper', operator: 'in', result: 'over' }),
      svg('feComposite', { in: 'over', in2: 'part-0', operator: 'over' }),
    );
  }
  if (!store) {
    store = svg('svg', { width: 0, height: 0, 'aria-hidden': 'true', class: 'scales' });
    document.body.append(store);
  }
  store.append(filter);
  return id;
}

/** The range of all of them. */
export const joined = (ranges: readonly Range[]): Range => [
  Math.min(...ranges.map(([low]) => low)),
  Math.max(...ranges.map(([, high]) => high)),
];
