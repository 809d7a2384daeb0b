import { patternnet } from '../../src/model/zoo/patternnet.ts';
import { patternClasses } from '../../src/synthetic/index.ts';
import { opponentKernels } from './opponent-kernels.ts';
import type { Recipe } from './recipe.ts';

export const patternnetRecipe: Recipe = {
  name: 'patternnet',
  network: patternnet.network({
    input: patternnet.defaultInput,
    includeTop: true,
    preprocess: patternnet.preprocess,
  }),
  classes: patternClasses,
  drawn: 104,
  variation: { crop: 96, flip: true, colourMixing: 0.08, tint: 0.1, contrast: [0.6, 1.3] },
  epochs: 6,
  batch: 64,
  learningRate: 3e-3,
  weightDecay: 0.02,
  clip: 2,
  labelSmoothing: 0.05,
  dropout: 0.3,
  activityCost: { conv4: 0.1, conv5: 0.1 },
  kernelForms: {
    conv1: opponentKernels(9, {
      blur: { light: 0.8, colour: 1.7 },
      colourShare: 0.8,
      mixing: 0.12,
      likeness: 0.5,
    }),
  },
};
