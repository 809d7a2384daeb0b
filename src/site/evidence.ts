import type { Panel, Patch, Report } from '../schema/report.ts';
import { mainClass } from './excitation.ts';
import { formatNumber, formatTimes, plural, type Fact } from './words.ts';

/** What pages say about dreams and patches, in sentences made from measurements. */

type Images = ReadonlyMap<string, Report['images'][number]>;

/** How a dream compares with the real pictures. */
export function dreamSentence({ dream, score, flags = [] }: Panel): string {
  if (!dream) return '';
  if (flags.includes('dead')) {
    return 'This unit never fired, whatever was tried: no step could make it answer. The picture shows where the search ended.';
  }
  if (dream.activation === null) return 'Its activation is not a finite number.';
  const reached = formatNumber(dream.activation);
  if (score !== undefined && score >= 1) {
    const times = score < 1.005 ? '' : `${formatTimes(score)} `;
    return `This picture excites it ${times}as much as the best real one.`;
  }
  if (score !== undefined && score > 0) {
    return `The best real picture excites it more: this one reaches ${Math.round(100 * score)} % of that.`;
  }
  if (dream.best && dream.best.activation <= 0 && dream.activation > 0) {
    return `No real picture excites it; this one does, with ${reached}.`;
  }
  return `This picture excites it with ${reached}.`;
}

export function unconvergedSentence({ flags = [] }: Panel): string | undefined {
  return flags.includes('unconverged')
    ? 'It was still getting stronger when the steps ended: more steps would show more.'
    : undefined;
}

/** The activations of the best real picture and of the dream. */
export function rivalSentence({ best, activation }: NonNullable<Panel['dream']>): string {
  if (!best) return '';
  const real = `activation ${formatNumber(best.activation)}`;
  return activation === null ? real : `${real}, the dream’s ${formatNumber(activation)}`;
}

export function dreamFacts({ dream }: Panel): Fact[] {
  if (!dream) return [];
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

/** How much a filter's strongest patches have in common. */
export function patchesSentence(patches: readonly Patch[], images: Images): string {
  const { before, name = '', after = '' } = patchesParts(patches, images);
  return before + name + after;
}

/** The same in parts, as the class in it may be written in another direction than the rest. */
export function patchesParts(
  patches: readonly Patch[],
  images: Images,
): { readonly before: string; readonly name?: string; readonly after?: string } {
  if (patches.length === 0) return { before: 'No picture excites this filter.' };
  const main = mainClass(patches, images);
  const strongest = patches[0]!.activation;
  const weakest = patches.at(-1)!.activation;
  const span =
    patches.length === 1
      ? `It answers with ${formatNumber(strongest)}.`
      : `Its answers fall from ${formatNumber(strongest)} to ${formatNumber(weakest)}.`;
  if (!main || main.count * 2 <= patches.length) return { before: span };
  const share = main.count === patches.length ? 'All' : `${main.count} of the`;
  return {
    before: `${share} ${plural(patches.length, 'patch', 'patches')} are of class `,
    name: main.name,
    after: `. ${span}`,
  };
}

/** 1 → `1st`, 12 → `12th`. */
export function ordinal(rank: number): string {
  const teen = rank % 100 >= 11 && rank % 100 <= 13;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][rank % 10] ?? 'th');
  return `${rank}${ending}`;
}

/** Where a patch lies, and how strongly the filter answers there. */
export function patchAlt(patch: Patch, what: 'Patch' | 'Projection of the patch', images: Images): string {
  const { x, y, width, height } = patch.box;
  const file = images.get(patch.image)?.file ?? patch.image;
  const place = `${formatNumber(width)} × ${formatNumber(height)} pixels at ${formatNumber(x)}, ${formatNumber(y)}`;
  return `${what} of ${file}: ${place}, activation ${formatNumber(patch.activation)}`;
}
