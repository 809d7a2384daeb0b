/** How far two values are apart: 0 where they are equal; of numbers relative to the greater one; infinite where they cannot be compared. */
export function relativeDifference(a: unknown, b: unknown): number {
  if (Object.is(a, b)) return 0;
  if (typeof a === 'number' && typeof b === 'number') {
    const scale = Math.max(Math.abs(a), Math.abs(b));
    if (scale === 0) return 0;
    return Number.isFinite(scale) ? Math.abs(a - b) / scale : Infinity;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Infinity;
  if (Array.isArray(a) !== Array.isArray(b)) return Infinity;
  const [left, right] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].reduce((most, key) => Math.max(most, relativeDifference(left[key], right[key])), 0);
}

/** How far two arrays are apart, relative to the greater one. */
export interface ArrayDifference {
  /** Of the norm of the difference to that of an array. */
  readonly whole: number;
  /** Of the greatest difference to the greatest value. */
  readonly most: number;
}

const NOT_COMPARABLE: ArrayDifference = { whole: Infinity, most: Infinity };

export function arrayDifference(a: Float32Array, b: Float32Array): ArrayDifference {
  if (a.length !== b.length) return NOT_COMPARABLE;
  let [squares, squaresA, squaresB, most, greatest] = [0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [left, right] = [a[i]!, b[i]!];
    // NaN and infinities too, where both have them.
    if (Object.is(left, right) && !Number.isFinite(left)) continue;
    const difference = Math.abs(left - right);
    if (!Number.isFinite(difference)) return NOT_COMPARABLE;
    squares += difference * difference;
    squaresA += left * left;
    squaresB += right * right;
    most = Math.max(most, difference);
    greatest = Math.max(greatest, Math.abs(left), Math.abs(right));
  }
  if (most === 0) return { whole: 0, most: 0 };
  return { whole: Math.sqrt(squares / Math.max(squaresA, squaresB)), most: most / greatest };
}

/** Names that only one of two lists has, and those of both, in the order of the first. */
export function parted(
  a: Iterable<string>,
  b: Iterable<string>,
): { readonly onlyA: string[]; readonly onlyB: string[]; readonly both: string[] } {
  const [left, right] = [new Set(a), new Set(b)];
  return {
    onlyA: [...left].filter((name) => !right.has(name)),
    onlyB: [...right].filter((name) => !left.has(name)),
    both: [...left].filter((name) => right.has(name)),
  };
}

const MOST_LETTERS = 80;

export const shortText = (text: string): string =>
  text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;

/** A value in a line for people; `none` where there is none. */
export const shortJson = (value: unknown): string =>
  value === undefined ? 'none' : shortText(JSON.stringify(value));
