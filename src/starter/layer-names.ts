import { stringify } from 'yaml';
import type { LayerInfo } from '../model/network.ts';

/** Words that stand for layers in experiment files. */
const WORDS = ['first-conv', 'last-conv', 'all-conv', 'all'];

/** A layer as an experiment file names it: by its name, or by its index where the name would mean something else. */
export function canonicalLayer({ name, index }: LayerInfo): string {
  if (WORDS.includes(name) || name.trim() === '' || /[\p{Cc}\u2028\u2029]/u.test(name)) return String(index);
  return stringify(name, {
    lineWidth: 0,
    defaultStringType: needsQuotes(name) ? 'QUOTE_DOUBLE' : 'PLAIN',
  }).trimEnd();
}

/** In a list in brackets more characters act than elsewhere. */
const needsQuotes = (name: string): boolean => !/^[\w./ -]+$/.test(name);
