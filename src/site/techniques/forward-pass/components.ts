export { default as Image } from './Image.astro';
export { default as Layer } from './Layer.astro';
