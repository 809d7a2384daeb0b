import type { MapFacts } from '../../../techniques/feature-maps/facts.ts';
import { imageName } from '../../words.ts';
import type { Presentation } from '../presentation.ts';

export const featureMaps: Presentation = {
  noun: 'Feature map',
  title: 'Feature maps',
  unitOrder: 4,
  howToRead: () =>
    'Each panel is the output of one filter for one image: bright where the filter has a high activation. Below it is its range of values.',
  flags: {
    border:
      'inside the image, the greatest value is less than half of this: the greatest is at the border, where it also depends on the padding',
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
