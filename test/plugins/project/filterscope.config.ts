import { defineConfig } from 'filterscope';
import { ocean } from './plugins/ocean.ts';
import { saliencyPages } from './plugins/saliency-pages.ts';
import { saliency } from './plugins/saliency.ts';

export default defineConfig({
  title: 'Networks & our own techniques',
  techniques: [saliency],
  colormaps: [ocean],
  presentations: [saliencyPages],
});
