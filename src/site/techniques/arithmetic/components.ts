export { default as Layer } from './Layer.astro';
export { default as Unit } from './Unit.astro';
