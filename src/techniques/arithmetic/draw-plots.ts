import type { Drawing, Mark } from '../drawing.ts';
import type { ArithmeticFacts } from './facts.ts';
import { BAR_NEGATIVE, BAR_POSITIVE, INK, LINE, MARK, SOFT, functionName, numberText } from './ink.ts';

const WIDTH = 520;
const MARGIN = 16;
const ROW = 22;

/** The products of a dense layer as bars, and what they come to. */
export function drawTerms({ terms = [], others, bias, places, activation }: ArithmeticFacts): Drawing {
  const [place] = places;
  const rows = terms.map(({ unit, value, weight }) => ({
    text: `input ${unit}:  ${numberText(value)} × ${numberText(weight)}`,
    product: (value ?? 0) * (weight ?? 0),
  }));
  const extra = [
    ...(others === undefined ? [] : [{ text: `${others} more`, product: place!.others ?? 0 }]),
    ...(bias === undefined ? [] : [{ text: 'bias', product: bias ?? 0 }]),
  ];
  const all = [...rows, ...extra];
  const marks = all.flatMap(({ text, product }, i) =>
    bar(
      all.map((row) => row.product),
      product,
      text,
      MARGIN + i * ROW,
    ),
  );
  const y = MARGIN + all.length * ROW + 20;
  const result = `= ${numberText(place!.before ?? place!.output)}${activation ? `, ${functionName(activation.name)} gives ${numberText(place!.output)}` : ''}`;
  marks.push({ kind: 'text', x: MARGIN, y, text: result, size: 15, weight: 600, fill: INK });
  return { width: WIDTH, height: y + MARGIN, marks };
}

/** The shares of a softmax as bars. */
export function drawShares({ softmax }: ArithmeticFacts): Drawing {
  const terms = softmax?.terms ?? [];
  const marks = terms.flatMap(({ unit, value, share }, i) =>
    bar([1], share ?? 0, `${unit}:  exp of ${numberText(value)}`, MARGIN + i * ROW),
  );
  return { width: WIDTH, height: 2 * MARGIN + Math.max(1, terms.length) * ROW, marks };
}

function bar(all: readonly number[], value: number, text: string, y: number): Mark[] {
  const greatest = Math.max(...all.map(Math.abs), 1e-30);
  const [zero, half] = [330, 90];
  const length = (half * Math.abs(value)) / greatest;
  return [
    { kind: 'text', x: MARGIN, y: y + 14, text, size: 13, fill: INK },
    {
      ...{ kind: 'rect', x: value < 0 ? zero - length : zero, y: y + 3, width: length, height: 14 },
      fill: value < 0 ? BAR_NEGATIVE : BAR_POSITIVE,
    },
    {
      kind: 'line',
      points: [
        [zero, y],
        [zero, y + ROW],
      ],
      stroke: LINE,
    },
    {
      kind: 'text',
      x: WIDTH - MARGIN,
      y: y + 14,
      text: numberText(value),
      size: 13,
      anchor: 'end',
      fill: INK,
    },
  ];
}

/** Each function of the plot with the values below it and the position's own on it. */
export function drawFunctions(facts: ArithmeticFacts): Drawing {
  const { plot, places, softmax } = facts;
  const { from, to, counts, functions } = plot!;
  const [width, height, gap] = [230, 170, 34];
  const cells = functions.length + (softmax ? 1 : 0);
  const columns = Math.min(2, cells);
  const marks = functions.flatMap(({ name, values }, at): Mark[] => {
    const left = MARGIN + (at % columns) * (width + gap);
    const top = MARGIN + 20 + Math.floor(at / columns) * (height + gap + 20);
    const finite = values.filter((value) => value !== null);
    const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
    const x = (value: number): number => left + ((value - from) / (to - from)) * width;
    const y = (value: number): number => top + height - ((value - low) / (high - low || 1)) * height;
    const most = Math.max(...counts, 1);
    const step = width / counts.length;
    const place = places[0]!;
    const result = place.functions?.[at];
    return [
      { kind: 'text', x: left, y: top - 8, text: functionName(name), size: 14, weight: 600, fill: INK },
      ...counts.map((count, bin): Mark => {
        const tall = (0.35 * height * count) / most;
        return {
          kind: 'rect',
          x: left + bin * step,
          y: top + height - tall,
          width: step - 1,
          height: tall,
          fill: '#dcd8cf',
        };
      }),
      {
        kind: 'line',
        points: [
          [left, y(0)],
          [left + width, y(0)],
        ],
        stroke: LINE,
      },
      {
        kind: 'line',
        points: [
          [x(0), top],
          [x(0), top + height],
        ],
        stroke: LINE,
      },
      {
        ...{ kind: 'line', stroke: '#1b6a7e', line: 2.5 },
        points: values.map((value, i) => [left + (i / (values.length - 1)) * width, y(value ?? 0)] as const),
      },
      ...(result === null || result === undefined || place.before === null || place.before === undefined
        ? []
        : dot(
            x(place.before),
            y(result),
            `${numberText(place.before)} → ${numberText(result)}`,
            left,
            top + height,
          )),
    ];
  });
  if (softmax) {
    const left = MARGIN + (functions.length % columns) * (width + gap);
    const top = MARGIN + 20 + Math.floor(functions.length / columns) * (height + gap + 20);
    const shown = softmax.terms.slice(0, 8);
    const row = Math.min(26, height / shown.length);
    marks.push({ kind: 'text', x: left, y: top - 8, text: 'softmax', size: 14, weight: 600, fill: INK });
    shown.forEach(({ unit, value, share }, i) => {
      const y = top + i * row;
      const length = 90 * (share ?? 0);
      marks.push(
        {
          kind: 'text',
          x: left,
          y: y + 14,
          text: `filter ${unit}: ${numberText(value)}`,
          size: 12,
          fill: INK,
        },
        { kind: 'rect', x: left + 100, y: y + 3, width: length, height: 13, fill: '#1b6a7e' },
        { kind: 'text', x: left + 106 + length, y: y + 14, text: numberText(share), size: 12, fill: SOFT },
      );
    });
  }
  const rows = Math.ceil(cells / columns);
  return {
    width: 2 * MARGIN + columns * width + (columns - 1) * gap,
    height: MARGIN + rows * (height + gap + 20) + 8,
    marks,
  };
}

const dot = (x: number, y: number, text: string, left: number, bottom: number): Mark[] => [
  { kind: 'rect', x: x - 5, y: y - 5, width: 10, height: 10, radius: 5, fill: MARK },
  { kind: 'text', x: left, y: bottom + 18, text, size: 13, fill: SOFT },
];
