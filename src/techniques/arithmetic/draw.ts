import type { Drawing, Mark } from '../drawing.ts';
import { drawFunctions, drawShares, drawTerms } from './draw-plots.ts';
import type { ArithmeticFacts } from './facts.ts';
import { patchAt } from './geometry.ts';
import {
  INK,
  LINE,
  MARK,
  SOFT,
  addend,
  digitsFor,
  fitted,
  functionName,
  mix,
  numberText,
  signedColor,
  textOn,
} from './ink.ts';

/** The figure of one position: operands, products, sum, result, and of a walk the map as far as it is filled. */

const MARGIN = 14;
const GAP = 12;
/** Between two grids, with a sign in the middle. */
const SIGN = 26;
const LABEL = 18;

/** @param most pixels of the figure's width at most */
export function drawPosition(facts: ArithmeticFacts, index: number, most = 1100): Drawing {
  if (facts.operation === 'dense') return drawTerms(facts);
  if (facts.operation === 'function') return facts.plot ? drawFunctions(facts) : drawShares(facts);
  let cell = facts.patch!.columns > 9 ? 27 : 36;
  let drawing = drawWindows(facts, index, cell);
  while (drawing.width > most && cell > 14) drawing = drawWindows(facts, index, --cell);
  return drawing;
}

interface Cell {
  readonly value: number | null;
  readonly fill: string;
  readonly outside?: boolean;
}

function drawWindows(facts: ArithmeticFacts, index: number, cell: number): Drawing {
  const { channels = [], operation, walk, places, bias, others } = facts;
  const patch = facts.patch!;
  const [spanRows, spanColumns] = facts.window!.size;
  const place = places[index]!;
  const window = patchAt(facts.window!, [place.row ?? 0, place.column ?? 0]);
  const isSum = operation === 'sum';
  const values = channels.flatMap(({ values: all }) => all.filter((value) => value !== null));
  const low = Math.min(...values);
  const high = Math.max(...values);
  const weights = channels.flatMap(({ weights: all = [] }) => all.map((weight) => Math.abs(weight ?? 0)));
  const products = channels.map((channel) => productsOf(channel, facts, window));
  const greatestWeight = Math.max(...weights, 1e-30);
  const greatestProduct = Math.max(...products.flat().map((product) => Math.abs(product ?? 0)), 1e-30);
  const digits = digitsFor(operation === 'sum' ? 1 : high - low);
  const marks: Mark[] = [];
  const block = patch.rows * cell + LABEL + GAP;
  const gridWidth = patch.columns * cell;
  const kernelX = MARGIN + gridWidth + SIGN;
  const productX = kernelX + spanColumns * cell + SIGN;
  const sumX = isSum ? productX + spanColumns * cell + 8 : MARGIN + gridWidth + SIGN;
  let y = MARGIN;
  for (const [at, channel] of channels.entries()) {
    const inputCells = channel.values.map((value, i): Cell => {
      const [row, column] = [patch.top + Math.floor(i / patch.columns), patch.left + (i % patch.columns)];
      const outside = isOutside(facts, row, column);
      return { value: outside ? 0 : value, fill: grey(value, low, high), outside };
    });
    const middle = y + LABEL + (patch.rows * cell) / 2;
    const kernelY = middle - (spanRows * cell) / 2;
    const name =
      channel.name ??
      (facts.input.shape.length === 3 && facts.input.shape[2] === 1 ? 'input' : `channel ${channel.channel}`);
    marks.push(label(MARGIN, y + 11, name));
    marks.push(...grid(MARGIN, y + LABEL, patch.columns, cell, inputCells, digits));
    marks.push({
      ...{ kind: 'rect', stroke: MARK, line: 3, radius: 2 },
      x: MARGIN + (window.left - patch.left) * cell,
      y: y + LABEL + (window.top - patch.top) * cell,
      width: spanColumns * cell,
      height: spanRows * cell,
    });
    if (isSum) {
      marks.push(sign(kernelX - SIGN / 2, middle, '×'), sign(productX - SIGN / 2, middle, '='));
      marks.push(
        ...(at === 0
          ? [label(kernelX, kernelY - 7, 'kernel'), label(productX, kernelY - 7, 'products')]
          : []),
      );
      const kernelCells = channel.weights!.map((value) => ({
        value,
        fill: signedColor((value ?? 0) / greatestWeight),
      }));
      marks.push(...grid(kernelX, kernelY, spanColumns, cell, kernelCells, digits));
      const productCells = products[at]!.map((value) => ({
        value,
        fill: signedColor((value ?? 0) / greatestProduct),
      }));
      marks.push(...grid(productX, kernelY, spanColumns, cell, productCells, digits));
      const text = at > 0 ? addend(place.sums![at]!, digits) : numberText(place.sums![at]!, digits);
      marks.push({ kind: 'text', x: sumX + 62, y: middle + 5, text, size: 14, anchor: 'end', fill: INK });
    }
    y += block;
  }
  // What is added, and what comes of it, below the sums; the map to their right.
  const lines = isSum
    ? [
        ...(others === undefined ? [] : [`${addend(place.others!, digits)} (${others} more)`]),
        ...(bias === undefined ? [] : [`${addend(bias, digits)} (bias)`]),
        `= ${numberText(place.before ?? place.output, digits)}`,
        ...(facts.activation
          ? [`${functionName(facts.activation.name)}: ${numberText(place.output, digits)}`]
          : []),
      ]
    : [operation === 'max' ? 'the largest' : 'the mean', `= ${numberText(place.output, digits)}`];
  const firstLine = isSum ? y - GAP - (patch.rows * cell) / 2 + 26 : MARGIN + LABEL + 14;
  lines.forEach((text, i) => {
    const isResult = i === lines.length - 1;
    const at = { x: sumX + (isSum ? 16 : 0), y: firstLine + i * 20 };
    marks.push({ kind: 'text', ...at, text, size: 14, weight: isResult ? 600 : 400, fill: INK });
  });
  const outputRows = walk?.rows ?? 1;
  const outputColumns = walk?.columns ?? 1;
  const left = sumX + (isSum ? 20 : 0) + Math.max(74, ...lines.map((text) => text.length * 7.6)) + GAP;
  const mapY = MARGIN + LABEL + Math.max(0, (y - GAP - MARGIN - LABEL - outputRows * cell) / 2);
  const outputs = places.map(({ output }) => Math.abs(output ?? 0));
  const greatest = Math.max(...outputs, 1e-30);
  const outputFill = (value: number | null): string =>
    isSum ? signedColor((value ?? 0) / greatest) : grey(value, low, high);
  marks.push(label(left, mapY - 7, walk ? 'feature map' : 'result'));
  const outputCells = Array.from({ length: outputRows * outputColumns }, (_, i): Cell => {
    if (walk && i > index) return { value: null, fill: '#ffffff' };
    const { output } = places[walk ? i : index]!;
    return { value: output, fill: outputFill(output) };
  });
  marks.push(...grid(left, mapY, outputColumns, cell, outputCells, digits));
  const now = walk ? index : 0;
  marks.push({
    ...{ kind: 'rect', stroke: MARK, line: 3, radius: 2, width: cell, height: cell },
    x: left + (now % outputColumns) * cell,
    y: mapY + Math.floor(now / outputColumns) * cell,
  });
  const bottom = Math.max(y - GAP, mapY + outputRows * cell, firstLine + lines.length * 20 - 10);
  const right = left + Math.max(outputColumns * cell, walk ? 76 : 40);
  return { width: Math.ceil(right + MARGIN), height: Math.ceil(bottom + MARGIN), marks };
}

/** Null in gaps of a dilated kernel; padding counts as zero. */
function productsOf(
  { values, weights = [] }: NonNullable<ArithmeticFacts['channels']>[number],
  { patch }: ArithmeticFacts,
  window: { top: number; left: number; columns: number },
): (number | null)[] {
  return weights.map((weight, i) => {
    if (weight === null) return null;
    const row = window.top - patch!.top + Math.floor(i / window.columns);
    const column = window.left - patch!.left + (i % window.columns);
    return weight * (values[row * patch!.columns + column] ?? 0);
  });
}

function isOutside({ input }: ArithmeticFacts, row: number, column: number): boolean {
  return row < 0 || column < 0 || row >= input.shape[0]! || column >= input.shape[1]!;
}

function grid(
  x: number,
  y: number,
  columns: number,
  size: number,
  cells: readonly Cell[],
  digits: number,
): Mark[] {
  return cells.flatMap(({ value, fill, outside }, i): Mark[] => {
    const [left, top] = [x + (i % columns) * size, y + Math.floor(i / columns) * size];
    const box = {
      kind: 'rect' as const,
      x: left + 0.5,
      y: top + 0.5,
      width: size - 1,
      height: size - 1,
      radius: 2,
    };
    if (value === null) return [{ ...box, stroke: LINE }];
    const text = outside ? '0' : numberText(value, digits);
    const background = outside ? '#ffffff' : fill;
    return [
      outside ? { ...box, stroke: SOFT, dash: 3 } : { ...box, fill, stroke: LINE },
      {
        ...{ kind: 'text', x: left + size / 2, y: top + size / 2 + 0.35 * fitted(text, size), text },
        ...{ size: fitted(text, size), anchor: 'middle', fill: outside ? SOFT : textOn(background) },
      },
    ];
  });
}

const label = (x: number, y: number, text: string): Mark => ({
  kind: 'text',
  x,
  y,
  text,
  size: 12,
  fill: SOFT,
});

const sign = (x: number, y: number, text: string): Mark => ({
  ...{ kind: 'text', x, y: y + 6, text, size: 17, anchor: 'middle', fill: SOFT },
});

function grey(value: number | null, low: number, high: number): string {
  const share = high > low && value !== null ? (value - low) / (high - low) : 0.5;
  return mix('#15161a', '#ffffff', share);
}
