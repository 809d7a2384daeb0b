export { default as Image } from './Image.astro';
export { default as Notes } from './Notes.astro';
export { default as UnitSection } from './UnitSection.astro';
