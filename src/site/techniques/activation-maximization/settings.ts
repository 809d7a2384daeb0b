import { inPixels, oneOf, onlyIfTrue, describeValue, type SettingWords } from '../../setting-words.ts';

const percent = (value: unknown): string => `up to ${describeValue(100 * Number(value))} %`;

export const settings: SettingWords = {
  direction: 'Weights of the filters',
  objective: [
    'Objective',
    oneOf({
      channel: 'mean of the feature map',
      neuron: 'value in the middle of the feature map',
      logit: 'value before the activation function',
    }),
  ],
  negative: ['Direction', oneOf({ true: 'lowest activation', false: undefined })],
  diversity: ['Images per filter', oneOf({ 1: undefined })],
  method: [
    'Image made from',
    oneOf({
      fourier: 'a Fourier spectrum',
      maco: 'the phases of a natural spectrum',
      pixels: 'pixels',
      dense: 'the weights of a dense layer',
    }),
  ],
  size: ['Size', inPixels],
  steps: 'Steps',
  coarse_to_fine: ['First steps', onlyIfTrue('at half the size')],
  learning_rate: 'Learning rate',
  jitter: ['Random shift before a step', inPixels],
  scale: ['Random scaling before a step', percent],
  rotate: ['Random rotation before a step', (value) => `up to ${describeValue(value)}°`],
  l2: 'Penalty on distance from grey',
  total_variation: 'Penalty on differences of neighbours',
  blur: ['Smoothing', inPixels],
  crop: ['Random crop before a step', (value) => `${describeValue(100 * Number(value))} % of a side or more`],
  noise: 'Noise before a step',
  frames: 'Intermediate images',
};
