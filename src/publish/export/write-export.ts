import { randomBytes } from 'node:crypto';
import { link, lstat, rename, rm, stat } from 'node:fs/promises';
import { namingPath, UserError } from '../../errors.ts';
import { displayPath } from '../../paths.ts';
import { writeWhole } from '../../store/disk.ts';
import { isWithin, realOf } from '../out-folder.ts';

export interface ExportTarget {
  /** Absolute. */
  readonly path: string;
  /** The gallery's folder. */
  readonly out: string;
  /** A file that is there is replaced. */
  readonly force: boolean;
}

/** @throws UserError where the file must not be written */
export async function checkTarget({ path, out, force }: ExportTarget): Promise<void> {
  const shown = displayPath(path);
  if (isWithin(realOf(path), realOf(out))) {
    throw new UserError({
      what: `\`${shown}\` is in the folder of the gallery, which a build replaces as a whole.`,
      hint: 'Name a file in another folder with `--to`.',
    });
  }
  if ((await stat(path).catch(() => undefined))?.isDirectory()) {
    throw new UserError({ what: `\`${shown}\` is a folder.`, hint: 'Name a file with `--to`.' });
  }
  if (!force && (await lstat(path).catch(() => undefined))) throw exists(shown);
}

/** A reader of the file sees all of it, or the one before. @throws UserError where one has come since `checkTarget` */
export async function writeExport(target: ExportTarget, bytes: Uint8Array): Promise<void> {
  const { path, force } = target;
  if (force) return writeWhole(path, bytes);
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  await writeWhole(temporary, bytes);
  try {
    await namingPath(path, () => moveNew(temporary, path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(displayPath(path));
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Unlike a renamed file, a linked one replaces nothing. */
async function moveNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // Some file systems have no links.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await rename(from, to);
  }
}

const exists = (shown: string): UserError =>
  new UserError({
    what: `\`${shown}\` already exists.`,
    hint: 'Add `--force` to replace it, or name another file with `--to`.',
  });
