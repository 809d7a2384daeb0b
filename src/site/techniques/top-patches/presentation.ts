import { formatNumber, formatRange, plural } from '../../words.ts';
import type { Presentation } from '../presentation.ts';
import { settings } from './settings.ts';
import { facePart, factsOf } from './patches.ts';
import { PatchesByImage, withoutRepeats } from './image-patches.ts';
import { measuresOf } from './measures.ts';
import { atBorderPhrase, leftOutPhrase } from './sentences.ts';

export const topPatches: Presentation = {
  noun: 'Strongest patches',
  terms: ['Patch', 'Projection', 'Receptive field', 'Effective receptive field', 'Purity'],
  title: 'Strongest patches',
  showpiece: {
    rank: 1,
    caption: (network) => `The parts of images that activate single filters of ${network} most.`,
  },
  settings,
  unitOrder: 2,
  howToRead: ({ settings }) =>
    settings['projection'] === 'none'
      ? 'For each filter, the image patches with its highest activations, strongest first.'
      : 'For each filter, on the left the image patches with its highest activations, on the right the projection of each activation back to the pixels: what in the patch it comes from.',
  // Said in words where it matters.
  flags: { outside: null },
  measured(panel, images) {
    const facts = factsOf(panel);
    const { patches } = facts;
    const values = [
      patches.length === 0
        ? 'no positive activation'
        : `${plural(patches.length, 'patch', 'patches')}, activations ${formatRange([patches.at(-1)!.activation, patches[0]!.activation])}`,
      ...[atBorderPhrase(facts, images), leftOutPhrase(facts)],
    ];
    return values.filter((phrase) => phrase !== '').join(', ');
  },
  note(panel) {
    const [strongest] = factsOf(panel).patches;
    return strongest ? `greatest ${formatNumber(strongest.activation, 3)}` : 'no positive activation';
  },
  detail: 'photographs',
  oneByOne: true,
  isInformative: (panel) => factsOf(panel).patches.length > 0 && panel.range[0] !== panel.range[1],
  face: facePart,
  withoutRepeats,
  nearest: (panel) => factsOf(panel).nearest ?? [],
  parts: (panel) =>
    factsOf(panel).patches.flatMap(({ image, box, activation, part, projection }) => {
      if (!part.crop) return [];
      const beside = projection?.crop && { label: 'Projection', part: projection.crop };
      return [{ image, box, part: part.crop, note: `activation ${formatNumber(activation)}`, beside }];
    }),
  measures: measuresOf,
  strongestImages: (panel) => factsOf(panel).patches.map(({ image }) => image),
  searchWords: (panel) => (factsOf(panel).patches.length === 0 ? ['silent'] : []),
  imageSection: {
    id: 'places',
    label: 'its patches',
    showsImage: true,
    collect: (layerIndex) => new PatchesByImage(layerIndex),
  },
};
