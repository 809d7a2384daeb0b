import { inPixels, type SettingWords } from '../../setting-words.ts';
import { formatNumber, plural } from '../../words.ts';
import type { Presentation } from '../presentation.ts';
import { ImageArithmetic } from './image-positions.ts';
import { factsOf } from './windows.ts';

const settings: SettingWords = {
  positions: [
    'Positions',
    (value) =>
      [value]
        .flat()
        .map((one) => (Array.isArray(one) ? `[${one.join(', ')}]` : String(one)))
        .join(', '),
  ],
  crop: ['Crop of a walk', inPixels],
  corner: ['Corner of the crop', (value) => [value].flat().join(', ')],
  channels: 'Channels or products written out',
  functions: ['Functions plotted', (value) => [value].flat().join(', ')],
};

export const arithmetic: Presentation = {
  noun: 'Arithmetic',
  terms: [
    'Window',
    'Kernel',
    'Bias',
    'Activation function',
    'Softmax',
    'Padding',
    'Stride',
    'Pooling',
    'Dense layer',
  ],
  title: 'Arithmetic',
  settings,
  unitOrder: 0,
  counted: 'figure',
  howToRead: () =>
    'How single values come about, with the numbers of the network itself: what goes in, what it is multiplied by, what is added up, and what comes out.',
  measured(panel) {
    const { places, walk } = factsOf(panel);
    if (walk) return `${plural(places.length, 'position')}`;
    return `result ${formatNumber(places[0]?.output ?? NaN)}`;
  },
  note(panel) {
    const { places, walk } = factsOf(panel);
    return walk ? plural(places.length, 'position') : `result ${formatNumber(places[0]?.output ?? NaN, 3)}`;
  },
  leastWidth: 240,
  oneByOne: true,
  imageSection: {
    id: 'arithmetic',
    label: 'arithmetic',
    showsImage: false,
    collect: () => new ImageArithmetic(),
  },
};
