/** What both kinds of archive have in common. Names in them choose what is read, and never where anything is written. */

import { visible } from '../schema/words.ts';

const MEGABYTE = 2 ** 20;
/** Weights hardly compress; what unpacks to more than this many times its packed size is a trap. */
const MAX_RATIO = 100;
export const MAX_ENTRIES = 100_000;
/** Of the file that is taken. */
export const MAX_FILE_BYTES = 2 ** 31;

/** An archive is damaged, or contains what valid ones do not. */
export class ArchiveError extends Error {
  /** Of its files; where the requested one is not among them. */
  readonly names: readonly string[] | undefined;

  constructor(message: string, names?: readonly string[]) {
    super(message);
    this.name = 'ArchiveError';
    this.names = names;
  }
}

export type EntryKind = 'file' | 'folder' | 'link' | 'other';

/** How many bytes may come out of so many. */
export function unpackedLimit(packed: number): number {
  return Math.max(MEGABYTE, MAX_RATIO * packed);
}

/** @throws ArchiveError where an entry leads out of its archive or stands for something that is no file */
export function checkEntry(name: string, kind: EntryKind): void {
  const shown = `\`${visible(name.slice(0, 100))}\``;
  if (/^[/\\]|^[a-z]:/i.test(name))
    throw new ArchiveError(`The archive contains the absolute path ${shown}.`);
  if (name.split(/[/\\]/).includes('..'))
    throw new ArchiveError(`The archive contains the path ${shown}, which leads out of it.`);
  if (name.includes('\0')) throw new ArchiveError(`The archive contains the invalid name ${shown}.`);
  if (kind === 'link') throw new ArchiveError(`The archive contains the link ${shown}.`);
  if (kind === 'other')
    throw new ArchiveError(`The archive contains ${shown}, which is neither a file nor a folder.`);
}
