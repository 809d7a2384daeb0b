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
/** Fewer different sums than this would show as steps. */
const LEAST_LEVELS = 96;

export interface ColorTable {
  /** 256 times red, green, blue. */
  readonly colors: Uint8Array;
  /** Makes a grey of a colour: a row of a colour matrix. */
  readonly row: readonly [red: number, green: number, blue: number, alpha: number, bias: number];
  /** Of each grey the place in the table. */
  readonly places: Uint8Array;
}

/** Undefined for a table that has no such sum: a diverging one. */
export function readTable(base64: string): ColorTable | undefined {
  const colors = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  let best: ColorTable | undefined;
  let most = LEAST_LEVELS - 1;
  for (const weights of WEIGHTS) {
    const sums = Array.from({ length: SIZE }, (_, at) =>
      weights.reduce((sum, weight, part) => sum + (weight * colors[3 * at + part]!) / 255, 0),
    );
    const [first, last] = [sums[0]!, sums.at(-1)!];
    const gain = 1 / (last - first);
    const levels = sums.map((sum) => Math.round(255 * (sum - first) * gain));
    if (!Number.isFinite(gain) || levels.some((level, at) => at > 0 && level < levels[at - 1]!)) continue;
    const count = new Set(levels).size;
    if (count <= most) continue;
    most = count;
    const [red, green, blue] = weights;
    best = {
      colors,
      row: [red * gain, green * gain, blue * gain, 0, -first * gain],
      places: placesOf(levels),
    };
  }
  return best;
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
  const same = to && to[0] === own[0] && to[1] === own[1];
  cut.style.filter = to && !same ? `url(#${filterFor(table, own, to)})` : '';
}

function filterFor({ colors, row, places }: ColorTable, own: Range, to: Range): string {
  const key = `${row.join()} ${own.join()} ${to.join()}`;
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
  const grey = row.join(' ');
  filter.append(svg('feColorMatrix', { type: 'matrix', values: `${grey} ${grey} ${grey} 0 0 0 1 0` }));
  const transfer = svg('feComponentTransfer');
  for (const [part, name] of (['feFuncR', 'feFuncG', 'feFuncB'] as const).entries()) {
    const values = [...places].map((place) => (colors[3 * moved[place]! + part]! / 255).toFixed(3));
    transfer.append(svg(name, { type: 'discrete', tableValues: values.join(' ') }));
  }
  filter.append(transfer);
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
