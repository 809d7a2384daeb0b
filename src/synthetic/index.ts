export { PATTERN_CLASSES as patternClasses } from '../schema/generated.ts';
export { drawPattern, PATTERNS_VERSION } from './patterns.ts';
export type { Drawn, PatternOptions } from './patterns.ts';
export { DIGITS_VERSION, drawDigit } from './digits.ts';
export { CAT_VERSION, drawCat } from './cat.ts';
export { drawingVersion, drawImage } from './draw.ts';
