import { oneOf } from '../../setting-words.ts';
import type { Presentation } from '../presentation.ts';

export const kernels: Presentation = {
  noun: 'Kernel',
  terms: ['Kernel', 'Filter', 'Bias'],
  title: 'Kernels',
  settings: {
    channel: 'Channel',
    composite: ['Colours of a kernel', oneOf({ rgb: 'red, green and blue weights', single: 'one channel' })],
  },
  unitOrder: 3,
  howToRead: () =>
    'Each panel shows the weights of one filter. Zero is in the middle of the scale; below the panel is the range of the weights.',
};
