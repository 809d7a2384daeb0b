import { defineConfig } from 'filterscope';
import { ocean } from './plugins/ocean.ts';
import { saliencyPages } from './plugins/saliency-pages.ts';
import { saliency } from './plugins/saliency.ts';
import { scaledTanh } from './plugins/scaled-tanh.ts';
import { toyFormat } from './plugins/toy-format.ts';

export default defineConfig({
  title: 'Networks & our own techniques',
  techniques: [saliency],
  presentations: [saliencyPages],
  colormaps: [ocean],
  layers: [scaledTanh],
  formats: [toyFormat],
});
