import type { Histogram } from '../../../techniques/patches/facts.ts';

export interface Bar {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Bars of a histogram and marks at some values, in a drawing of that size; y downwards. */
export function drawHistogram(
  { counts, range: [least, greatest] }: Histogram,
  values: readonly number[],
  size: { readonly width: number; readonly height: number },
): { bars: Bar[]; marks: number[] } {
  const highest = Math.max(1, ...counts);
  const step = size.width / Math.max(1, counts.length);
  const bars = counts.map((count, index): Bar => {
    // A single image must be seen beside a thousand.
    const height = count === 0 ? 0 : Math.max(1.5, (count / highest) * size.height);
    return { x: index * step, y: size.height - height, width: Math.max(1, step - 1), height };
  });
  const span = greatest - least || 1;
  const marks = values.map((value) => Math.min(1, Math.max(0, (value - least) / span)) * size.width);
  return { bars, marks };
}
