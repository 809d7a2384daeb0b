import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { UserError } from '../../src/errors.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { SharedOptions } from './shared-options.ts';

/**
 * A gallery replaces the whole folder it goes to, so that folder must not be anything else.
 * @throws UserError where it holds other things
 */
export async function checkGalleryFolder(options: SharedOptions): Promise<void> {
  const { out } = options;
  const holds = [options.experiments, options.content, options.cache, process.cwd(), packageRoot].find(
    (path) => isWithin(path, out),
  );
  if (holds !== undefined) {
    throw new UserError({
      what: `The gallery cannot go to ${out}.`,
      why: `That folder would be replaced as a whole, and ${holds} is in it.`,
      hint: 'Name a folder of its own with --out.',
    });
  }
  if (await isForeign(out)) {
    throw new UserError({
      what: `The gallery cannot go to ${out}.`,
      why: 'There is something there that is not a gallery, and the folder would be replaced as a whole.',
      hint: 'Name another folder with --out, or empty this one.',
    });
  }
}

/** True for a file, and for a folder with anything in it but a gallery. */
export async function isForeign(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false;
  const names = await readdir(folder).catch(() => undefined);
  if (!names) return true;
  return names.length > 0 && !(await isGallery(folder, names));
}

/** A gallery's front page names its maker. */
async function isGallery(folder: string, names: readonly string[]): Promise<boolean> {
  if (!names.includes('index.html')) return false;
  return /filterscope/i.test(await readFile(join(folder, 'index.html'), 'utf8'));
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}
