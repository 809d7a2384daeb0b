import type { Panel } from '../../../schema/report.ts';
import type { DreamFacts } from '../../../techniques/dreams/facts.ts';
import { formatNumber, formatTimes, type Fact } from '../../words.ts';
import { factsOf } from './facts.ts';

/** What pages say about dreams, in sentences made from measurements. */

/** How a dream compares with the real images. */
export function dreamSentence(panel: Panel): string {
  const { flags = [] } = panel;
  const dream = factsOf(panel);
  const { score } = dream;
  if (flags.includes('dead')) {
    return 'No activation found after all restarts. The image shows where the search ended.';
  }
  if (dream.activation === null) return 'Its activation is not a finite number.';
  const reached = formatNumber(dream.activation);
  if (score !== undefined && score >= 1) {
    const times = score < 1.005 ? '' : `${formatTimes(score)} `;
    return `The dream’s activation is ${times}that of the best image.`;
  }
  if (score !== undefined && score > 0) {
    return `The dream reaches ${Math.round(100 * score)} % of the best image’s activation.`;
  }
  if (dream.best && dream.best.activation <= 0 && dream.activation > 0) {
    return `No image has a positive activation; the dream’s is ${reached}.`;
  }
  return `The dream’s activation is ${reached}.`;
}

export function unconvergedSentence({ flags = [] }: Panel): string | undefined {
  return flags.includes('unconverged')
    ? 'The objective was still rising when the steps ended: use more steps.'
    : undefined;
}

/** The activations of the best real image and of the dream. */
export function rivalSentence({ best, activation }: DreamFacts): string {
  if (!best) return '';
  const real = `activation ${formatNumber(best.activation)}`;
  return activation === null ? real : `${real}, the dream’s ${formatNumber(activation)}`;
}

export function dreamFacts(dream: DreamFacts): Fact[] {
  return [
    {
      term: 'Activation',
      value: dream.activation === null ? 'not finite' : formatNumber(dream.activation),
    },
    { term: 'Objective', value: dream.objective },
    { term: 'Method', value: dream.method },
    { term: 'Steps', value: String(dream.steps) },
    { term: 'Seed', value: String(dream.seed) },
  ];
}
