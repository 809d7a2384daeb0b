import type { MapFacts } from '../../../techniques/feature-maps/facts.ts';
import { imageName } from '../../words.ts';
import type { Presentation } from '../presentation.ts';

export const featureMaps: Presentation = {
  noun: 'Feature map',
  terms: ['Feature map', 'Filter', 'Activation', 'Silent'],
  title: 'Feature maps',
  unitOrder: 4,
  howToRead: () =>
    'Each panel is the output of one filter for one image: bright where the filter has a high activation. Below it is its range of values.',
  flags: {
    // Said of many panels of a page: short. What it means is in docs/output.md.
    border: 'the greatest value is at the border: inside the image, less than half of it',
  },
  measuresFilters: true,
  measures({ image, range: [, greatest] }, images) {
    const known = image === undefined ? undefined : images.get(image);
    return known && greatest !== null
      ? [{ group: 'image', id: known.id, label: imageName(known), value: greatest }]
      : [];
  },
  innerMaximum: ({ facts }) => (facts as MapFacts | undefined)?.inner ?? undefined,
};
