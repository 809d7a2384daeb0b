export { default as Image } from './Image.astro';
export { default as Unit } from './Unit.astro';
export { default as Whole } from './Whole.astro';
