import { paste, type Bitmap } from './bitmap.ts';
import type { Lut, Range } from './colormap.ts';
import { drawText, INK, SOFT_INK } from './ink.ts';
import { contourLevels, niceTicks } from './levels.ts';
import { fitText } from './text.ts';

export interface ColorBar {
  readonly lut: Lut;
  /** What all panels share; absent where each has its own: then the ends are called low and high. */
  readonly range?: Range;
  /** What the colours mean: `activation`. */
  readonly label?: string;
  /** Number of contour levels asked for; absent for a smooth bar. */
  readonly levels?: number;
}

/**
 * The bar alone, low colours to the left, without text: numbers are the page's to write. With `levels` (and a range) it
 * has the bands of the contours.
 */
export function composeColorBar(
  { lut, range, levels }: ColorBar,
  size: { readonly width: number; readonly height: number },
): Bitmap {
  const { width, height } = size;
  const rgb = new Uint8Array(width * height * 3);
  const bands = levels === undefined || !range ? undefined : contourLevels(range, levels);
  for (let x = 0; x < width; x++) {
    const at = bandMiddle((x + 0.5) / width, bands) * 256;
    const from = Math.min(255, Math.floor(at)) * 3;
    rgb.set(lut.subarray(from, from + 3), x * 3);
  }
  for (let y = 1; y < height; y++) rgb.copyWithin(y * width * 3, 0, width * 3);
  return { width, height, rgb };
}

/** Of the band that lies at a share of the bar's length; the share itself without bands. */
function bandMiddle(share: number, levels: readonly number[] | undefined): number {
  if (!levels) return share;
  const bands = levels.length - 1;
  return (Math.min(bands - 1, Math.floor(share * bands)) + 0.5) / bands;
}

/** Bar, ticks and numbers on a page; `drawing` takes the SVG of what is not pixels. */
export function drawColorBar(
  page: Bitmap,
  drawing: string[],
  bar: ColorBar,
  place: { x: number; y: number; width: number; height: number; text: { size: number } },
): void {
  const { x, y, width, height, text } = place;
  paste(page, composeColorBar(bar, { width, height }), x, y);
  const below = y + height;
  const baseline = below + Math.round(text.size * 1.45);
  const tick = Math.max(5, Math.round(text.size * 0.32));
  const write = (words: string, at: number, line: number, anchor: 'start' | 'middle' | 'end', color = INK) =>
    drawing.push(drawText(words, at, line, text, color, anchor));

  const thickness = Math.max(1, Math.round(text.size / 14));
  drawing.push(
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="${INK}" stroke-width="${thickness}"/>`,
  );
  if (bar.range) {
    const { ends, ticks } = ticksOf(bar);
    const format = tickFormat(ticks);
    for (const value of ticks) {
      const at = x + ((value - ends[0]) / (ends[1] - ends[0] || 1)) * width;
      drawing.push(
        `<rect x="${at - thickness / 2}" y="${below}" width="${thickness}" height="${tick}" fill="${INK}"/>`,
      );
      write(format(value), at, baseline, 'middle');
    }
  } else {
    write('low', x, baseline, 'start');
    write('high', x + width, baseline, 'end');
  }
  if (bar.label) {
    const line = bar.range ? baseline + Math.round(text.size * 1.4) : baseline;
    const room = bar.range ? width : width - 6 * text.size;
    write(fitText(bar.label, room, text), x + width / 2, line, 'middle', bar.range ? INK : SOFT_INK);
  }
}

function ticksOf({ range = [0, 1], levels }: ColorBar): { ends: Range; ticks: number[] } {
  if (levels === undefined) return { ends: range, ticks: niceTicks(range, 6) };
  const bounds = contourLevels(range, levels);
  // At most ten numbers; the first always, and the last where the step allows.
  const step = Math.ceil((bounds.length - 1) / 10);
  return { ends: [bounds[0]!, bounds.at(-1)!], ticks: bounds.filter((_, index) => index % step === 0) };
}

/** All with the same number of decimals, as few as tell them apart; powers of ten beyond 10,000 and below 0.001. */
export function tickFormat(ticks: readonly number[]): (value: number) => string {
  const largest = Math.max(...ticks.map(Math.abs), 0);
  const step = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : largest || 1;
  const power = largest >= 1e4 || (largest > 0 && largest < 1e-3) ? Math.floor(Math.log10(largest)) : 0;
  const unit = Number(`1e${power}`);
  const decimals = decimalsOf(step / unit);
  return (value) => {
    const digits = (value / unit).toFixed(decimals).replace(/^-(?=0(?:\.0*)?$)/, '');
    const text = power === 0 || value === 0 ? digits : `${digits}e${power}`;
    return text.replaceAll('-', '\u2212');
  };
}

function decimalsOf(step: number): number {
  for (let decimals = 0; decimals < 10; decimals++) {
    const scaled = step * 10 ** decimals;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * Math.max(1, scaled) && Math.round(scaled) > 0)
      return decimals;
  }
  return 10;
}
