import { html, type Html } from './html.ts';
import { formatNumber } from './words.ts';

/** Points of a polyline through values at equal distances; undefined where there is no line. */
export function drawCurve(
  values: readonly number[],
  size: { readonly width: number; readonly height: number },
): string | undefined {
  if (values.length < 2) return undefined;
  const least = Math.min(...values);
  const span = Math.max(...values) - least || 1;
  return values
    .map((value, index) => {
      const x = (size.width * index) / (values.length - 1);
      const y = size.height * (1 - (value - least) / span);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}

export interface SparklineOptions {
  /** With its first and last value beside it. */
  readonly large?: boolean;
}

/** How an objective grew from its first value to its last. */
export function sparkline(values: readonly number[], { large = false }: SparklineOptions = {}): Html {
  const size = { width: 100, height: 20 };
  const [first, last] = [formatNumber(values[0]!, 3), formatNumber(values.at(-1)!, 3)];
  const end = (value: string) => large && html`<span class="end">${value}</span>`;
  const rule =
    large &&
    html`<path
      d="M0 ${size.height + 1}H${size.width}"
      class="rule"
      vector-effect="non-scaling-stroke"
    ></path>`;
  const name = `Objective from ${first} to ${last} over ${values.length} values`;
  return html`<span class="spark${large && ' large'}"
    >${end(first)}<svg
      viewBox="0 -2 ${size.width} ${size.height + 4}"
      preserveAspectRatio="none"
      role="img"
      aria-label="${name}"
    >
      ${rule}
      <polyline points="${drawCurve(values, size)}" vector-effect="non-scaling-stroke"></polyline></svg
    >${end(last)}</span
  >`;
}
