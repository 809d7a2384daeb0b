import { inPixels, oneOf, joinList, type SettingWords } from '../../setting-words.ts';

export const settings: SettingWords = {
  method: ['Method', (value) => METHOD_NAMES[String(value)]],
  target: ['Explained score', describeTargets],
  samples: ['Samples', String],
  noise: ['Noise', (value) => `${String(value)} of the range of the input`],
  window: ['Covered window', inPixels],
  stride: ['From window to window', inPixels],
  coarse_to_fine: ['Smaller windows where the score changes most', oneOf({ true: 'yes', false: 'no' })],
  cells: ['Cells of a mask', (value) => `${String(value)} × ${String(value)}`],
  kept: ['Share of cells that is kept', String],
  controls: ['Controls', oneOf({ true: 'computed', false: 'none' })],
  layers: ['Layers', (value) => joinList(value, ', ')],
};

export const METHOD_NAMES: Readonly<Record<string, string>> = {
  'grad-cam': 'Grad-CAM',
  'grad-cam++': 'Grad-CAM++',
  'hires-cam': 'HiResCAM',
  'layer-cam': 'LayerCAM',
  'score-cam': 'Score-CAM',
  gradient: 'Gradient',
  'gradient-x-input': 'Gradient × input',
  'integrated-gradients': 'Integrated gradients',
  smoothgrad: 'SmoothGrad',
  'guided-backprop': 'Guided backpropagation',
  'guided-grad-cam': 'Guided Grad-CAM',
  occlusion: 'Occlusion',
  rise: 'RISE',
};

function describeTargets(value: unknown): string {
  return [value]
    .flat()
    .map((target: unknown) => {
      if (target === 'predicted') return 'predicted class';
      if (target === 'expected') return "image's class";
      if (target === 'difference') return "predicted class less image's class";
      const { class: own, layer, filter } = target as { class?: unknown; layer?: unknown; filter?: unknown };
      return own === undefined ? `filter ${String(filter)} of ${String(layer)}` : `class ${String(own)}`;
    })
    .join(', ');
}
