import type { Box, Panel } from '../../../schema/report.ts';
import type { ForwardPassFacts, Stage } from '../../../techniques/forward-pass/facts.ts';
import type { Part } from '../../types.ts';
import { formatCount, plural } from '../../words.ts';

/** What pages show of an image on its way through a network. Pure. */

export const factsOf = (panel: Panel): ForwardPassFacts => panel.facts as unknown as ForwardPassFacts;

/** The part of a panel that boxes in it take up together, with a frame of a pixel. */
export function partOf(boxes: readonly Box[], { crop, sheet, ...panel }: Panel): Part {
  const from = { x: crop?.x ?? 0, y: crop?.y ?? 0 };
  const x = Math.min(...boxes.map((box) => box.x)) - 1;
  const y = Math.min(...boxes.map((box) => box.y)) - 1;
  const width = Math.max(...boxes.map((box) => box.x + box.width)) + 1 - x;
  const height = Math.max(...boxes.map((box) => box.y + box.height)) + 1 - y;
  return {
    crop: { x: from.x + x, y: from.y + y, width, height },
    sheet: sheet ?? { width: panel.width, height: panel.height },
    ...{ width, height },
  };
}

const NAMES: Readonly<Record<string, string>> = {
  relu: 'ReLU',
  relu6: 'ReLU6',
  elu: 'ELU',
  selu: 'SELU',
  gelu: 'GELU',
};
const functionName = (name: string): string => NAMES[name] ?? name.replaceAll('_', ' ');

/** What a layer does, in a few words. */
export function stageSentence({ kind, operation, window, stride, activation, shape }: Stage): string {
  const units = shape.at(-1)!;
  const size = (window ?? []).join(' × ');
  const steps =
    stride?.some((n) => n > 1) && kind === 'convolution'
      ? `, in steps of ${[...new Set(stride)].join(' × ')}`
      : '';
  const then = activation === undefined ? '' : `, then ${functionName(activation)}`;
  switch (operation) {
    case 'sum':
      return `${plural(units, 'kernel')} of ${size}${steps}${then}`;
    case 'max':
      return `the largest of every ${size}`;
    case 'mean':
      return `the mean of every ${size}`;
    case 'dense':
      return `${formatCount(units)} sums over all values${then}`;
    case 'function':
      return activation === 'relu'
        ? 'ReLU: what is below zero becomes zero'
        : `${functionName(activation ?? 'linear')} of every value`;
    default:
      return shape.length === 1 && kind === 'shape' ? 'all values in one row' : kind;
  }
}

/** The units of an output with their values, and which is the greatest. */
export function unitsOf({
  values = [],
  classes,
}: Stage): { name: string; value: number; share: number; first: boolean }[] {
  const numbers = values.map((value) => value ?? 0);
  const scale = Math.max(1e-30, ...numbers.map(Math.abs));
  const first = numbers.indexOf(Math.max(...numbers));
  return numbers.map((value, unit) => ({
    ...{ name: classes?.[unit] ?? String(unit), value, share: Math.abs(value) / scale },
    first: unit === first,
  }));
}
