export { default as Notes } from './Notes.astro';
export { default as Unit } from './Unit.astro';
