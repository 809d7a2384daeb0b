/** Text files as they are read for experiments: of bounded size, UTF-8, without control characters. */
import { isAbsolute, relative } from 'node:path';
import type { Files } from '../effects.ts';
import type { Problem } from '../errors.ts';
import { WorkError } from '../errors.ts';
import { visible } from './words.ts';

const MOST_BYTES = 1024 * 1024;

/** The text of a file, or why there is none to be had. */
export async function readText(file: string, shownFile: string, files: Files): Promise<string | Problem> {
  const place = { file: shownFile };
  const there = await files.stat(file);
  if (there?.kind !== 'file')
    return { what: there ? 'The path is not a file.' : 'The file does not exist.', place };
  const tooLarge = {
    what: 'The file is larger than 1 MB.',
    place,
    why: 'The limit for an experiment file is 1 MB.',
  };
  if (there.size > MOST_BYTES) return tooLarge;
  let bytes: Uint8Array;
  try {
    bytes = await files.readBytes(file);
  } catch (error) {
    if (error instanceof WorkError) throw error;
    return { what: 'The file cannot be read.', place, why: `${(error as Error).message}.` };
  }
  if (bytes.length > MOST_BYTES) return tooLarge;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // eslint-disable-next-line no-control-regex -- finding control characters is the point
    const odd = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text);
    if (!odd) return text;
    return {
      what: `The file contains the control character ${codeOf(odd[0])}.`,
      place: placeIn(text, odd.index, shownFile),
      hint: 'Delete the character.',
    };
  } catch {
    const text = new TextDecoder('utf-8').decode(bytes);
    return {
      what: 'The file is not UTF-8 text.',
      place: placeIn(text, Math.max(0, text.indexOf('\ufffd')), shownFile),
      hint: 'Save the file as UTF-8.',
    };
  }
}

const codeOf = (letter: string) => `U+${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

function placeIn(text: string, offset: number, file: string) {
  const above = text.slice(0, offset).split('\n');
  return { file, line: above.length, column: above.at(-1)!.length + 1 };
}

/** The path as a user in `cwd` would type it. */
export function shorter(path: string, cwd: string): string {
  const fromHere = relative(cwd, path) || '.';
  return visible(isAbsolute(fromHere) || fromHere.length >= path.length ? path : fromHere);
}
