import type { Presentation } from '../presentation.ts';

export const featureMaps: Presentation = {
  noun: 'Feature map',
  title: 'Feature maps',
  howToRead: () =>
    'Each panel is the output of one filter for one image: bright where the filter has a high activation. Below it is its range of values.',
  measuresFilters: true,
};
