import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { sha256 } from '../hash.ts';
import type { PagesBefore, PartNote, RenderNotes, Sources } from './kept-pages.ts';
import { refill, type Slot, type Titles } from './title-slots.ts';

export interface TakeOptions extends Pick<Sources, 'digests'> {
  readonly titles: Titles;
  readonly outDir: string;
}

/** Parts that are written before others get their turn: processes that render pages wait for their next task. */
const AT_ONCE = 16;

/**
 * Takes parts of the gallery before over: as they are, or with other titles in them.
 * @returns their notes
 */
export async function takeParts(
  names: readonly string[],
  { notes, read, take }: PagesBefore,
  { digests, titles, outDir }: TakeOptions,
): Promise<RenderNotes['parts']> {
  const isSame = ([, , name]: Slot): boolean => digests[name] === notes.digests[name];
  const parts: Record<string, PartNote> = {};
  let written = 0;
  for (const name of names) {
    const note = notes.parts[name]!;
    parts[name] = note;
    if (!note.slots) {
      for (const path in note.files) take(path);
      continue;
    }
    const [files, slots] = [{ ...note.files }, { ...note.slots }];
    for (const path of Object.keys(files)) {
      const titled = slots[path] ?? [];
      if (titled.every(isSame)) {
        take(path);
        continue;
      }
      const filled = refill(path, read(path), titled, titles);
      mkdirSync(dirname(join(outDir, path)), { recursive: true });
      writeFileSync(join(outDir, path), filled.file);
      files[path] = sha256(filled.file);
      slots[path] = filled.slots;
      if (++written % AT_ONCE === 0) await setImmediate();
    }
    parts[name] = { ...note, files, slots };
  }
  return parts;
}
