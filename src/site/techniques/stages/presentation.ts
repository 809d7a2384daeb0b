import type { Presentation } from '../presentation.ts';

export const stages: Presentation = {
  noun: 'Output',
  howToRead: ({ settings }) =>
    `Each panel is the output of one layer, in the order of the network: ${
      settings['composite'] === 'single' ? 'one filter as a map' : 'three filters as red, green and blue'
    }.`,
};
