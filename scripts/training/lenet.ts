import { lenet } from '../../src/model/zoo/lenet.ts';
import type { Recipe } from './recipe.ts';

export const lenetRecipe: Recipe = {
  name: 'lenet-digits',
  network: lenet.network({ input: lenet.defaultInput, includeTop: true, preprocess: lenet.preprocess }),
  classes: [...'0123456789'],
  drawn: 32,
  variation: { crop: 28, flip: false, colourMixing: 0, tint: 0.05, contrast: [0.8, 1.1] },
  epochs: 8,
  batch: 64,
  learningRate: 2e-3,
  weightDecay: 0.02,
  clip: 2,
  labelSmoothing: 0.05,
  dropout: 0.2,
  activityCost: {},
  kernelForms: {},
};
