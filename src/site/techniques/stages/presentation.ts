import { oneOf } from '../../setting-words.ts';
import type { Presentation } from '../presentation.ts';

export const stages: Presentation = {
  noun: 'Output',
  terms: ['Feature map', 'Activation function', 'Pooling'],
  title: 'Stages',
  settings: {
    composite: ['Shown', oneOf({ rgb: 'three filters as red, green and blue', single: 'one filter' })],
    input: ['Input image', oneOf({ true: 'shown first', false: undefined })],
  },
  unitOrder: 5,
  howToRead: ({ settings }) =>
    `Each panel is the output of one layer, in the order of the network: ${
      settings['composite'] === 'single' ? 'one filter as a map' : 'three filters as red, green and blue'
    }.`,
};
