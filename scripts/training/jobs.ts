import { digits, patterns } from './drawers.ts';
import { lenetRecipe } from './lenet.ts';
import { patternnetRecipe } from './patternnet.ts';
import type { Job } from './train.ts';

/** What can be trained, by the zoo's names. */
export const jobs: Readonly<Record<'patternnet' | 'lenet', Job>> = {
  patternnet: { recipe: patternnetRecipe, drawer: patterns, perClass: 700, testPerClass: 60 },
  lenet: { recipe: lenetRecipe, drawer: digits, perClass: 2000, testPerClass: 200 },
};
