/** Words for messages: how a value from a file is shown, and which valid name was probably meant. */
import { nearest } from '../likeness.ts';
import { visible } from '../visible.ts';

export { nearest, visible };

const LONGEST_SHOWN = 60;
/** Of a list in a list; what is deeper is not written out. */
const DEEPEST_SHOWN = 3;

/** A value as it may stand in a message: on one line, without control characters, cut where long. */
export function show(value: unknown): string {
  if (value === '') return 'an empty text';
  const text = write(value, 0);
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return `\`${shown.replaceAll('`', "'")}\``;
}

function write(value: unknown, depth: number): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) {
    if (depth === DEEPEST_SHOWN) return '[…]';
    const shown = value.slice(0, 12).map((entry) => write(entry, depth + 1));
    return `[${shown.join(', ')}${value.length > 12 ? ', …' : ''}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    const shown = keys.slice(0, 6).map((key) => `${write(key, depth)}: …`);
    return `{${shown.join(', ')}${keys.length > 6 ? ', …' : ''}}`;
  }
  if (typeof value !== 'string') return String(value);
  // One letter more than is shown, so that the cut is marked.
  return visible(value.slice(0, LONGEST_SHOWN + 1));
}

/** What a value is, in words: ``the text `7` ``, ``a list``. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  if (typeof value === 'string') return value === '' ? show(value) : `the text ${show(value)}`;
  if (typeof value === 'number') return `the number ${show(value)}`;
  return show(value);
}

/** `Did you mean ...?`, or nothing. */
export function didYouMean(written: string, valid: readonly string[]): { hint?: string } {
  const name = nearest(written, valid);
  return name === undefined ? {} : { hint: `Did you mean \`${name}\`?` };
}

/** The valid names, the nearest first. */
export function nearestFirst(written: string, valid: readonly string[]): readonly string[] {
  const name = nearest(written, valid);
  return name === undefined ? valid : [name, ...valid.filter((other) => other !== name)];
}
