import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Folders that a new gallery has in common with the old one move from one to the other while neither is in its place. What moves is noted
 * beside them before, so that after a crash the old gallery gets its folders back.
 */
export interface Moves {
  /** The place of the gallery. */
  readonly real: string;
  /** Where the old one is set aside. */
  readonly aside: string;
  readonly next: string;
  /** Paths below both, with forward slashes. */
  readonly moves: readonly string[];
}

export interface Moving {
  move(): void;
  /** Undoes as much of it as was done. */
  moveBack(): void;
  /** Instead of both, while the old gallery is in its place. */
  copy(): void;
  /** Once one of the galleries is in its place. */
  forget(): void;
}

/** The file beside a gallery. */
const noteOf = (real: string): string => join(dirname(real), `.${basename(real)}.moves`);

export function noteMoves(all: Moves): Moving {
  const { real, aside, next, moves } = all;
  const note = noteOf(real);
  if (moves.length > 0)
    writeFileSync(note, JSON.stringify({ aside: basename(aside), next: basename(next), moves }));
  for (const folder of moves) mkdirSync(dirname(join(next, folder)), { recursive: true });
  return {
    move: () => moves.forEach((folder) => moveFolder(join(aside, folder), join(next, folder))),
    moveBack: () => moveBack(all),
    copy: () => moves.forEach((folder) => copyFolder(join(real, folder), join(next, folder))),
    forget: () => rmSync(note, { force: true }),
  };
}

/** After a crash, by the process that has the lock. */
export function undoMoves(real: string): void {
  const note = noteOf(real);
  if (!existsSync(note)) return;
  const noted = readNote(note);
  if (noted && !existsSync(real)) {
    const [aside, next] = [noted.aside, noted.next].map((name) => join(dirname(real), basename(name)));
    moveBack({ real, aside: aside!, next: next!, moves: noted.moves });
  }
  rmSync(note, { force: true });
}

type Note = Pick<Moves, 'aside' | 'next' | 'moves'>;

/** Undefined where it was not complete: then nothing has moved. */
function readNote(path: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Note;
  } catch {
    return undefined;
  }
}

function moveBack({ aside, next, moves }: Moves): void {
  for (const folder of moves) {
    const [to, from] = [join(aside, folder), join(next, folder)];
    if (!existsSync(to) && existsSync(from)) renameSync(from, to);
  }
}

function moveFolder(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    // A folder of a container's image.
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    copyFolder(from, to);
  }
}

const copyFolder = (from: string, to: string): void => cpSync(from, to, { recursive: true });
