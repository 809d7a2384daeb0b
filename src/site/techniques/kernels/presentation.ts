import type { Presentation } from '../presentation.ts';

export const kernels: Presentation = {
  noun: 'Kernel',
  howToRead: () =>
    'Each panel shows the weights of one filter. Zero is in the middle of the scale; below the panel is the range of the weights.',
};
