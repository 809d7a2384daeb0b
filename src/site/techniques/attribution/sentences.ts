import type { AttributionFacts } from '../../../techniques/attribution/facts.ts';
import { formatNumber } from '../../words.ts';

/** What is explained, in words. Pure. */

/** `tabby`, `class 281`, `filter 12 of conv5`, `tabby less lynx`. */
export function targetName({
  kind,
  layer,
  unit,
  name,
  against,
  againstName,
}: AttributionFacts['target']): string {
  if (kind === 'unit') return `filter ${unit} of ${layer}`;
  const own = name ?? `class ${unit}`;
  return kind === 'difference' ? `${own} less ${againstName ?? `class ${against}`}` : own;
}

export function percent(share: number): string {
  const value = share * 100;
  return `${value < 1 && value > 0 ? formatNumber(value, 2) : formatNumber(value, 3)} %`;
}

/** The score of the target, with its probability where it is a class. */
export function scoreText({ target, score, probability }: AttributionFacts): string {
  if (score === null) return 'no finite score';
  if (typeof probability === 'number') return percent(probability);
  return target.kind === 'difference'
    ? `difference of logits ${formatNumber(score, 3)}`
    : `mean activation ${formatNumber(score, 3)}`;
}

/** Two decimals, or what stands in place of a correlation. */
export const correlationText = (value: number | null | undefined): string =>
  typeof value === 'number' ? value.toFixed(2).replace('-', '−') : 'not defined';

/** Why a target is what it is. */
export const REASONS: Readonly<Record<AttributionFacts['target']['kind'], string>> = {
  predicted: 'the predicted class',
  expected: 'the class of the image',
  difference: 'the predicted class less the class of the image',
  class: 'a chosen class',
  unit: 'a chosen unit',
};
