/**
 * Round numbers over a range, as matplotlib chooses them (`ticker.MaxNLocator`, matplotlib 3.11): its default steps, its
 * treatment of large offsets and of rounding errors. Ported so that a figure has the levels of the one it repeats.
 */
const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
/** Those of colour bars and axes (`ticker.AutoLocator`). */
const TICK_STEPS = [1, 2, 2.5, 5, 10];
const SMALLEST_NORMAL = 2 ** -1022;

/**
 * The boundaries of the bands that `contourf(map, levels)` draws: equally spaced, at least two, the first at most `low`,
 * the last at least `high`. About `count`, as matplotlib has it: at most count + 2.
 */
export function contourLevels([low, high]: readonly [number, number], count: number): number[] {
  const [from, to] = widen(low, high);
  const ticks = roundNumbers(from, to, count + 1, STEPS);
  const first = Math.max(
    0,
    ticks.findLastIndex((tick) => tick < low),
  );
  const over = ticks.findIndex((tick) => tick > high);
  const end = over < 0 ? ticks.length : over + 1;
  return end - first < 3 ? ticks : ticks.slice(first, end);
}

/** Round numbers within a range, at most `count` + 1 of them, for an axis or a colour bar. */
export function niceTicks([low, high]: readonly [number, number], count: number): number[] {
  if (!(high > low)) return Number.isFinite(low) ? [low] : [];
  const slack = (high - low) * 1e-9;
  return roundNumbers(low, high, count, TICK_STEPS).filter(
    (tick) => tick >= low - slack && tick <= high + slack,
  );
}

/** `transforms.nonsingular(vmin, vmax, expander=1e-13, tiny=1e-14)`: never a range without extent. */
function widen(low: number, high: number): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [-1e-13, 1e-13];
  const greatest = Math.max(Math.abs(low), Math.abs(high));
  if (greatest < (1e6 / 1e-14) * SMALLEST_NORMAL) return [-1e-13, 1e-13];
  if (high - low > greatest * 1e-14) return [low, high];
  if (high === 0 && low === 0) return [-1e-13, 1e-13];
  return [low - 1e-13 * Math.abs(low), high + 1e-13 * Math.abs(high)];
}

/** The first round numbers below and above the range and those between, at most `bins` + 1 of them within it. */
function roundNumbers(low: number, high: number, bins: number, steps: readonly number[]): number[] {
  const { scale, offset } = scaleRange(low, high, bins);
  const from = low - offset;
  const to = high - offset;
  const ladder = [...steps.slice(0, -1).map((step) => 0.1 * step), ...steps, 10 * steps[1]!].map(
    (step) => step * scale,
  );
  const leastStep = (to - from) / bins;
  const large = ladder.findIndex((step) => step >= leastStep);
  const descending = ladder.slice(0, (large < 0 ? ladder.length - 1 : large) + 1).reverse();
  let ticks: number[] = [];
  for (const step of descending) {
    const base = Math.floor(from / step) * step;
    const first = lastAtMost(from - base, step, offset);
    const last = firstAtLeast(to - base, step, offset);
    ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step + base);
    if (ticks.some((tick) => tick >= from && tick <= to)) break;
  }
  return ticks.map((tick) => tick + offset);
}

/** A power of ten near the step, and a large constant that is better taken off first. */
function scaleRange(low: number, high: number, bins: number): { scale: number; offset: number } {
  const extent = Math.abs(high - low);
  const middle = (high + low) / 2;
  const offset = Math.abs(middle) / extent < 100 ? 0 : Math.sign(middle) * powerOfTen(Math.abs(middle));
  return { scale: powerOfTen(extent / bins), offset };
}

// Parsed, not computed: 10 ** -5 is not 1e-5 everywhere.
const powerOfTen = (below: number) => Number(`1e${Math.floor(Math.log10(below))}`);

function lastAtMost(x: number, step: number, offset: number): number {
  const whole = Math.floor(x / step);
  return isClose(x / step - whole, 1, step, offset) ? whole + 1 : whole;
}

function firstAtLeast(x: number, step: number, offset: number): number {
  const whole = Math.floor(x / step);
  return isClose(x / step - whole, 0, step, offset) ? whole : whole + 1;
}

function isClose(part: number, edge: number, step: number, offset: number): boolean {
  const digits = offset === 0 ? -Infinity : Math.log10(Math.abs(offset) / step);
  const tolerance = offset === 0 ? 1e-10 : Math.min(0.4999, Math.max(1e-10, 10 ** (digits - 12)));
  return Math.abs(part - edge) < tolerance;
}
