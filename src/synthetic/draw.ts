import { GENERATED, type Drawing } from '../schema/generated.ts';
import { CAT_VERSION, drawCat } from './cat.ts';
import { DIGITS_VERSION, drawDigit } from './digits.ts';
import { drawPattern, PATTERNS_VERSION, type Drawn } from './patterns.ts';

/** Changes whenever the same drawing gives other pixels. Goes into cache keys. */
export function drawingVersion({ kind }: Drawing): number {
  return {
    patterns: PATTERNS_VERSION,
    digits: DIGITS_VERSION,
    cat: CAT_VERSION,
    'two-classes': PATTERNS_VERSION,
  }[kind];
}

/** What an experiment's `generated` asks for. */
export function drawImage({ kind, class: name = '', index, seed, size }: Drawing): Promise<Drawn> {
  switch (kind) {
    case 'patterns':
      return drawPattern(name, index, { size, seed });
    case 'digits':
      return drawDigit(Number(name), index, { size, seed });
    case 'cat':
      return drawCat(size);
    case 'two-classes':
      return drawPattern(name === GENERATED[kind].classes[0] ? 'cat' : 'dog', index, { size, seed });
  }
}
