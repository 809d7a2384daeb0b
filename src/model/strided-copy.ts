/** What a copy goes over: how many places along each axis, and how far apart neighbours along it lie on both sides. */
export interface CopyAxis {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** Numbers of an array that are copied. */
type Numbers = Uint32Array | Float32Array | Float64Array;

/** Of the axis that is contiguous in the result, as many are gathered at a time: four lines of the cache for numbers of 4 bytes. */
const BLOCK = 64;
/** So many at a time are copied without counting each, which would take longer than copying it. */
const GATHERED = 8;
/** Rows of the source that are longer leave the cache before they are used again, unless few of them are gone through at a time. */
const LONG_ROWS = 64;

/**
 * Copies between arrays of which one or both are strided, such as a transposition. Where neighbours in the source are no neighbours in the
 * result, it goes block by block, so that what has been fetched from memory is used before it has left the cache.
 *
 * @param start of the first number, in each
 */
export function copyStrided(
  source: Numbers,
  out: Numbers,
  axes: readonly CopyAxis[],
  start: { readonly from: number; readonly to: number },
): void {
  // As bits, which is also how NaNs stay what they are.
  if (source instanceof Float32Array && out instanceof Float32Array)
    return copyStrided(asBits(source), asBits(out), axes, start);
  if (axes.some(({ size }) => size === 0)) return;
  const merged = mergeAxes(axes);
  const inner = merged.reduce((best, axis) => (axis.to < best.to ? axis : best), merged[0] ?? ONE);
  // Those that lie closest together in the source come last.
  const outer = merged.filter((axis) => axis !== inner).sort((a, b) => b.from - a.from);
  const last = outer.pop() ?? ONE;
  // Rows that are contiguous in the source need no blocks.
  const block = last.size > LONG_ROWS ? GATHERED : BLOCK;
  const length = inner.from <= last.from || last === ONE ? inner.size : block;
  for (let at = 0; at < inner.size; at += length) {
    const part = { ...inner, size: Math.min(length, inner.size - at) };
    const first = { from: start.from + at * inner.from, to: start.to + at * inner.to };
    walk(outer, first, (from, to) => copyPlane(source, out, last, part, from, to));
  }
}

/** A part of a copy, whose numbers lie in one stretch of the source. */
export interface CopyPart {
  readonly axes: readonly CopyAxis[];
  /** Of the stretch: where it begins in the source, and how many numbers it has. */
  readonly first: number;
  readonly count: number;
  /** Of the first number in the result. */
  readonly to: number;
}

/**
 * Cuts a copy whose source is to be read part by part: along the axis whose places lie farthest apart there, if they do not overlap.
 *
 * @param most numbers of a stretch, unless one place has more
 */
export function* copyParts(axes: readonly CopyAxis[], most: number): Generator<CopyPart> {
  if (axes.some(({ size }) => size === 0)) return;
  const cut = axes.reduce((far, axis) => (axis.from > far.from ? axis : far), axes[0] ?? ONE);
  const extent = (size: number): number =>
    axes.reduce((sum, axis) => sum + ((axis === cut ? size : axis.size) - 1) * axis.from, 1);
  const perPart = extent(1) > cut.from ? cut.size : Math.max(1, Math.floor(most / cut.from));
  for (let at = 0; at < cut.size; at += perPart) {
    const size = Math.min(perPart, cut.size - at);
    yield {
      axes: axes.map((axis) => (axis === cut ? { ...axis, size } : axis)),
      ...{ first: at * cut.from, count: extent(size), to: at * cut.to },
    };
  }
}

const ONE: CopyAxis = { size: 1, from: 1, to: 1 };

const asBits = ({ buffer, byteOffset, length }: Float32Array): Uint32Array =>
  new Uint32Array(buffer, byteOffset, length);

/** Without axes of one place, and with neighbouring ones made into one where both sides allow it. */
function mergeAxes(axes: readonly CopyAxis[]): readonly CopyAxis[] {
  const merged: CopyAxis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const before = merged.at(-1);
    if (before?.from === axis.from * axis.size && before.to === axis.to * axis.size)
      merged[merged.length - 1] = { ...axis, size: before.size * axis.size };
    else merged.push(axis);
  }
  return merged;
}

function walk(
  axes: readonly CopyAxis[],
  start: { readonly from: number; readonly to: number },
  visit: (from: number, to: number) => void,
): void {
  const index = axes.map(() => 0);
  let { from, to } = start;
  for (;;) {
    visit(from, to);
    let axis = axes.length - 1;
    for (; axis >= 0; axis--) {
      const { size, from: sourceStep, to: outStep } = axes[axis]!;
      from += sourceStep;
      to += outStep;
      if (++index[axis]! < size) break;
      from -= size * sourceStep;
      to -= size * outStep;
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

function copyPlane(
  source: Numbers,
  out: Numbers,
  rows: CopyAxis,
  row: CopyAxis,
  start: number,
  outStart: number,
): void {
  const [count, length] = [rows.size, row.size];
  const { from: step, to: outStep } = row;
  if (step !== 1 && outStep === 1) return gatherRows(source, out, rows, row, start, outStart);
  let [from, to] = [start, outStart];
  for (let i = 0; i < count; i++) {
    if (step === 1 && outStep === 1 && length > BLOCK) out.set(source.subarray(from, from + length), to);
    else for (let k = 0; k < length; k++) out[to + k * outStep] = source[from + k * step]!;
    from += rows.from;
    to += rows.to;
  }
}

/** Rows of numbers that lie apart, to where they are neighbours. */
function gatherRows(
  source: Numbers,
  out: Numbers,
  rows: CopyAxis,
  { size: length, from: step }: CopyAxis,
  start: number,
  outStart: number,
): void {
  const { size: count, from: rowStep, to: outRowStep } = rows;
  if (count > LONG_ROWS && length === GATHERED)
    return gatherEight(source, out, count, [step, rowStep, outRowStep], start, outStart);
  for (let i = 0; i < count; i++) {
    let from = start + i * rowStep;
    let to = outStart + i * outRowStep;
    const end = to + length;
    for (const whole = end - 4; to <= whole; to += 4, from += 4 * step) {
      out[to] = source[from]!;
      out[to + 1] = source[from + step]!;
      out[to + 2] = source[from + 2 * step]!;
      out[to + 3] = source[from + 3 * step]!;
    }
    for (; to < end; to++, from += step) out[to] = source[from]!;
  }
}

/** The same of rows of `GATHERED` numbers, without a loop over them. */
function gatherEight(
  source: Numbers,
  out: Numbers,
  count: number,
  [step, rowStep, outRowStep]: readonly [number, number, number],
  start: number,
  outStart: number,
): void {
  let [from, to] = [start, outStart];
  for (let i = 0; i < count; i++) {
    out[to] = source[from]!;
    out[to + 1] = source[from + step]!;
    out[to + 2] = source[from + 2 * step]!;
    out[to + 3] = source[from + 3 * step]!;
    out[to + 4] = source[from + 4 * step]!;
    out[to + 5] = source[from + 5 * step]!;
    out[to + 6] = source[from + 6 * step]!;
    out[to + 7] = source[from + 7 * step]!;
    from += rowStep;
    to += outRowStep;
  }
}
