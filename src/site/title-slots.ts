/**
 * Most pages that show the title of a view only show it: another title changes nothing else in them. They are rendered with a mark in its
 * place, which is then replaced by the title. Where the titles are is noted, and the next title is put there without rendering.
 */
import { escapeHtml } from './html.ts';
import { visibleInPage } from '../visible.ts';
import { scriptJson } from './script-data.ts';

/** A place of a title in a file, in bytes. `name`: of the title, as pages read it (reads.ts). */
export type Slot = readonly [at: number, length: number, name: string];

/** Titles by the names that they are read by. */
export type Titles = Readonly<Record<string, string>>;

const [START, END] = ['\ue000title:', '\ue001'];
const MARK = new RegExp(`${START}([0-9a-f]*)${END}`, 'g');

let marking = false;

/** While `render` runs, what asks for a title gets a mark. */
export async function withMarks(render: () => Promise<void>): Promise<void> {
  marking = true;
  try {
    await render();
  } finally {
    marking = false;
  }
}

/** What stands for a title in what is being rendered; undefined where it is the title itself. */
export const markOf = (name: string): string | undefined =>
  marking ? `${START}${Buffer.from(name).toString('hex')}${END}` : undefined;

/** Puts titles in the places of their marks. */
export function fillMarks(
  path: string,
  text: string,
  titles: Titles,
): { text: string; slots: readonly Slot[] } {
  if (!text.includes(START)) return { text, slots: [] };
  const slots: Slot[] = [];
  let filled = '';
  let bytes = 0;
  let from = 0;
  const add = (piece: string): number => {
    const length = Buffer.byteLength(piece);
    filled += piece;
    bytes += length;
    return length;
  };
  for (const found of text.matchAll(MARK)) {
    add(text.slice(from, found.index));
    const name = Buffer.from(found[1]!, 'hex').toString();
    const at = bytes;
    slots.push([at, add(titleIn(path, titles[name] ?? '')), name]);
    from = found.index + found[0].length;
  }
  add(text.slice(from));
  return { text: filled, slots };
}

/** A file with other titles in it. @param slots in their order */
export function refill(
  path: string,
  file: Buffer,
  slots: readonly Slot[],
  titles: Titles,
): { file: Buffer; slots: readonly Slot[] } {
  const pieces: Buffer[] = [];
  const moved: Slot[] = [];
  let from = 0;
  let bytes = 0;
  const add = (piece: Buffer): void => {
    pieces.push(piece);
    bytes += piece.byteLength;
  };
  for (const [at, length, name] of slots) {
    add(file.subarray(from, at));
    const title = Buffer.from(titleIn(path, titles[name] ?? ''));
    moved.push([bytes, title.byteLength, name]);
    add(title);
    from = at + length;
  }
  add(file.subarray(from));
  return { file: Buffer.concat(pieces), slots: moved };
}

/** A title as it stands in HTML, or in a string of a script. */
const titleIn = (path: string, title: string): string =>
  path.endsWith('.html') ? visibleInPage(escapeHtml(title)) : scriptJson(title).slice(1, -1);
