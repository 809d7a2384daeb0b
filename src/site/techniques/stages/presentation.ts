import type { Presentation } from '../presentation.ts';

export const stages: Presentation = {
  noun: 'Output',
  howToRead:
    'Each panel is the output of one layer, in the order of the network: three filters as red, green and blue, or one filter as a map.',
};
