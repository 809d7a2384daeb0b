import { isAtBorder, outsideOf, type PartialSize } from '../../../schema/outside.ts';
import type { Panel, Report } from '../../../schema/report.ts';
import type { PatchPosition } from '../../../techniques/patches/facts.ts';
import { formatCount, formatNumber, nameOfImage, plural } from '../../words.ts';
import { factsOf } from './patches.ts';
import { mainClass } from './image-patches.ts';

/** What pages say about patches, in sentences made from measurements. */

/** What is found of one filter: patches, and what was left out, strongest first. */
interface Found {
  readonly patches: readonly PatchPosition[];
  readonly leftOut?: readonly PatchPosition[] | undefined;
}

type Images = ReadonlyMap<string, Report['images'][number]>;

/** How much a filter's strongest patches have in common. */
export function patchesSentence(patches: readonly PatchPosition[], images: Images): string {
  const { before, name = '', after = '' } = patchesParts(patches, images);
  return before + name + after;
}

/** The same in parts, as the class in it may be written in another direction than the rest. */
export function patchesParts(
  patches: readonly PatchPosition[],
  images: Images,
): { readonly before: string; readonly name?: string; readonly after?: string } {
  if (patches.length === 0) return { before: 'No positive activation in any image.' };
  const main = mainClass(patches, images);
  const strongest = patches[0]!.activation;
  const weakest = patches.at(-1)!.activation;
  const span =
    patches.length === 1
      ? `Its activation is ${formatNumber(strongest)}.`
      : `Activations fall from ${formatNumber(strongest)} to ${formatNumber(weakest)}.`;
  if (!main || main.count * 2 <= patches.length) return { before: span };
  const share = main.count === patches.length ? 'All' : `${main.count} of the`;
  return {
    before: `${share} ${plural(patches.length, 'patch', 'patches')} are of class `,
    name: main.name,
    after: `. ${span}`,
  };
}

/** How many patches lie at the border of their image, and what that means; undefined where none does. */
export function borderSentence(patches: readonly PatchPosition[], images: Images): string | undefined {
  const reaching = patches.filter(({ receptiveField }) => receptiveField);
  if (reaching.length === 0) return undefined;
  const count = reaching.filter((patch) => isAtBorder(patch, images.get(patch.image))).length;
  if (count === 0) {
    return 'The receptive field is larger than the image: every activation also depends on the padding around it.';
  }
  const which =
    count < patches.length
      ? `${count} of the ${patches.length} patches ${count === 1 ? 'is' : 'are'}`
      : count === 1
        ? 'The patch is'
        : `All ${count} patches are`;
  return `${which} at the image border: there the receptive field reaches outside the image (hatched), into the padding. Such an activation may come from the padding and not from the image.`;
}

/** What `border: avoid` left out; undefined where the border is allowed. */
export function leftOutSentence(facts: Found): string | undefined {
  if (!facts.leftOut) return undefined;
  const phrase = leftOutPhrase(facts);
  return phrase === '' ? '`border: avoid` left out no patch.' : `\`border: avoid\` ${phrase}.`;
}

/** The same of all filters of a figure; undefined where the border is allowed. */
export function leftOutSummary(panels: readonly Panel[]): string | undefined {
  const avoiding = panels.map(factsOf).filter(({ leftOut }) => leftOut);
  if (avoiding.length === 0) return undefined;
  const affected = avoiding.filter(({ leftOut }) => leftOut!.length > 0);
  if (affected.length === 0) return '`border: avoid` left out no patch.';
  const stronger = affected.filter(
    ({ leftOut, patches }) => leftOut![0]!.activation > (patches[0]?.activation ?? 0),
  );
  const places = affected.reduce((sum, { leftOut }) => sum + leftOut!.length, 0);
  const of = `${formatCount(affected.length)} of ${plural(avoiding.length, 'filter')}`;
  return `\`border: avoid\` left out ${plural(places, 'patch', 'patches')} at the border of images, of ${of}; for ${formatCount(stronger.length)} of them the strongest is above every patch shown.`;
}

/** 1 → `1st`, 12 → `12th`. */
export function ordinal(rank: number): string {
  const teen = rank % 100 >= 11 && rank % 100 <= 13;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][rank % 10] ?? 'th');
  return `${rank}${ending}`;
}

/** How far the receptive field of a patch reaches outside its image; undefined where it does not. */
export function outsidePhrase(patch: PatchPosition, images: Images): string | undefined {
  if (!patch.receptiveField) return undefined;
  const sides = Object.entries(outsideOf(patch)).filter(([, pixels]) => pixels > 0);
  const named = sides.map(([side, pixels]) => `${formatNumber(pixels)} at the ${side}`);
  const list = [named.slice(0, -1).join(', '), ...named.slice(-1)]
    .filter((part) => part !== '')
    .join(' and ');
  const border = isAtBorder(patch, images.get(patch.image)) ? 'at the image border: ' : '';
  return `${border}the receptive field reaches outside by ${list}`;
}

/** What a projection is of; where that lies is said of the patch beside it. */
export function projectionAlt({ image, activation }: PatchPosition, images: Images): string {
  return `Projection of the patch of ${images.get(image)?.file ?? image}, activation ${formatNumber(activation)}`;
}

/** Where a patch lies, and its activation. Whether it lies at the border is written below it. */
export function patchAlt(patch: PatchPosition, images: Images): string {
  const { x, y, width, height } = patch.box;
  const file = nameOfImage(images, patch.image);
  const place = `${formatNumber(width)} × ${formatNumber(height)} pixels at ${formatNumber(x)}, ${formatNumber(y)}`;
  const outside = outsidePhrase(patch, images);
  const isStated = outside === undefined || isAtBorder(patch, images.get(patch.image));
  const border = isStated ? '' : `, ${outside}`;
  return `Patch of ${file}: ${place}, activation ${formatNumber(patch.activation)}${border}`;
}

/** How many patches of a panel lie at the border of their image; empty where none does. */
export function atBorderPhrase({ patches }: Found, images: ReadonlyMap<string, PartialSize>): string {
  const count = patches.filter((patch) => isAtBorder(patch, images.get(patch.image))).length;
  return count === 0 ? '' : `${count} at the image border`;
}

/** What `border: avoid` left out of a panel, and how strong it was; empty where nothing. */
export function leftOutPhrase({ patches, leftOut = [] }: Found): string {
  if (!leftOut[0]) return '';
  const strongest = `strongest ${formatNumber(leftOut[0].activation)}`;
  const best = patches[0] ? `, the best shown is ${formatNumber(patches[0].activation)}` : '';
  return `left out ${plural(leftOut.length, 'patch', 'patches')} at the border, ${strongest}${best}`;
}
