import {
  DIGITS_VERSION,
  drawDigit,
  drawPattern,
  patternClasses,
  PATTERNS_VERSION,
} from '../../src/synthetic/index.ts';
import type { Drawer } from './image-set.ts';

export const patterns: Drawer = {
  name: 'patterns',
  version: PATTERNS_VERSION,
  classes: patternClasses,
  channels: 3,
  draw: drawPattern,
};

export const digits: Drawer = {
  name: 'digits',
  version: DIGITS_VERSION,
  classes: [...'0123456789'],
  channels: 1,
  draw: (digit, index, options) => drawDigit(Number(digit), index, options),
};
