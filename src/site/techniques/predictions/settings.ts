import { oneOf, describeValue, type SettingWords } from '../../setting-words.ts';

const percent = (value: unknown): string => `${Math.round(1000 * Number(value)) / 10} %`;

export const settings: SettingWords = {
  top: 'Classes of each image',
  classes: ['Classes of folders', describeValue],
  probabilities: [
    'Probabilities',
    oneOf({
      softmax: 'softmax: one class out of several',
      sigmoid: 'sigmoid: each class its own',
      none: 'none',
    }),
  ],
  confident: ['Confident from', percent],
  unsure: ['Unsure below', percent],
  threshold: ['Predicted from', percent],
};
