import { inPixels, oneOf, type SettingWords } from '../../setting-words.ts';

export const settings: SettingWords = {
  top: 'Patches per filter',
  one_per_image: ['Patches per image', oneOf({ true: 'at most one', false: 'any number' })],
  border: [
    'At the image border',
    oneOf({ allow: 'patches like all others', avoid: 'only where there are too few others' }),
  ],
  projection: [
    'Projection',
    oneOf({ guided: 'guided backpropagation', 'gradient-x-input': 'gradient × input', none: 'none' }),
  ],
  order: ['Order', oneOf({ filter: 'as chosen', purity: 'filters of one class first' })],
  pick: 'Filters shown per layer',
  cell: ['Longest side of a patch', inPixels],
};
