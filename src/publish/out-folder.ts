import { constants, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { UserError } from '../errors.ts';
import { nativeFolder, packageRoot } from '../package-root.ts';
import { CACHE_FILES, CACHE_FOLDERS, listNames } from '../store/cache-folder.ts';
import { inspect, readManifest } from './manifest.ts';

export interface OutFolder {
  /** As the user named it; absolute, as all paths here. */
  readonly out: string;
  /** Where the experiments, narratives and the cache are. */
  readonly experiments: string;
  readonly content: string;
  readonly cache: string;
}

/** What the checks ask the machine; tests answer in its place. */
export interface Machine {
  isMountPoint(path: string): boolean;
  /** @throws where nothing can be made or renamed in a folder */
  checkWritable(folder: string): Promise<void>;
}

export const thisMachine: Machine = {
  isMountPoint,
  checkWritable: (folder) => access(folder, constants.W_OK | constants.X_OK),
};

/**
 * Makes sure that a gallery can be put where it is to go, with two renames in the folder above, and that nothing is lost by it.
 * Changes nothing.
 * @returns the real path of the gallery's folder, symbolic links followed
 * @throws UserError where it cannot
 */
export async function checkOutFolder(
  { out, experiments, content, cache }: OutFolder,
  machine: Machine = thisMachine,
): Promise<string> {
  const refuse = (why: string, hint = 'Name a separate folder with `--out`.'): UserError =>
    new UserError({ what: `The gallery cannot go to \`${out}\`.`, why, hint });

  const { real, found } = resolveOut(out, refuse);
  for (const path of [experiments, content, cache, process.cwd(), packageRoot]) {
    if (isWithin(realOf(path), real)) {
      throw refuse(`The folder would be replaced as a whole, and it contains \`${path}\`.`);
    }
  }
  const own = [
    ...[...Object.keys(CACHE_FILES), ...CACHE_FOLDERS, 'running', 'weights', 'training'].map((name) =>
      join(cache, name),
    ),
    ...['src', 'scripts', 'lib', 'node_modules', '.build'].map((name) => join(packageRoot, name)),
    nativeFolder(process.cwd()),
  ].find((path) => isWithin(real, realOf(path)));
  if (own !== undefined) throw refuse(`The folder is inside \`${own}\`, which Filterscope uses.`);

  if (found) {
    checkContents(out, real);
    if (machine.isMountPoint(real)) {
      throw refuse(
        'The folder is a mount point: its contents cannot be replaced in one step.',
        `Name a folder inside it: \`--out ${join(out, 'gallery')}\`.`,
      );
    }
  }
  const above = existingParent(real);
  if (!isFolder(above)) throw refuse(`\`${above}\` is not a folder.`);
  try {
    await machine.checkWritable(above);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EROFS' ? 'is on a read-only disk' : 'is not writable';
    throw refuse(
      `\`${above}\` ${why}, and the new gallery is written there, beside the old one.`,
      'Name a folder in another place with `--out`.',
    );
  }
  return real;
}

/** @throws UserError where the folder holds anything that its manifest does not name */
export function checkContents(out: string, real: string): void {
  const manifest = readManifest(real);
  const { foreign } = inspect(real, manifest);
  if (foreign.length === 0) return;
  if (!manifest && looksLikeGallery(real)) {
    throw new UserError({
      what: `The gallery cannot go to \`${out}\`.`,
      why: 'The gallery there has no readable manifest: an earlier version made it, or files are missing. Other files cannot be told apart from it.',
      hint: `Delete the folder \`${out}\` if you need nothing in it, or name another folder with \`--out\`.`,
    });
  }
  throw new UserError({
    what: `The gallery cannot go to \`${out}\`.`,
    why: `The folder would be replaced as a whole, and it contains files that are not part of a gallery: ${listNames(foreign)}.`,
    hint: 'Move these files, or name another folder with `--out`.',
  });
}

/**
 * Makes sure that no build reads what another has written.
 * @param real of the gallery's folder
 * @param sources image folders of an experiment that are read with all their sub-folders, and the images that were found
 * @throws UserError where the gallery lies among them
 */
export function checkNoImagesIn(
  real: string,
  out: string,
  experiment: string,
  { folders, images }: { readonly folders: readonly string[]; readonly images: readonly string[] },
): void {
  const folder = folders.find((path) => {
    const below = relative(realOf(path), real);
    // What lies in a folder whose name begins with a dot is not read.
    return isWithin(real, realOf(path)) && !below.split(sep).some((name) => name.startsWith('.'));
  });
  const image = folder ?? images.find((path) => isWithin(realOf(path), real));
  if (image === undefined) return;
  throw new UserError({
    what: `The gallery cannot go to \`${out}\`.`,
    why: `Experiment \`${experiment}\` reads images from \`${image}\`: the next build would read those of the gallery, too.`,
    hint: 'Name a folder in another place with `--out`.',
  });
}

/** @param refuse makes the error */
function resolveOut(out: string, refuse: (why: string) => UserError): { real: string; found: boolean } {
  const entry = entryOf(out);
  if (!entry) return { real: realOf(out), found: false };
  let real: string;
  let target: Stats;
  try {
    real = realpathSync(out);
    target = statSync(real);
  } catch {
    throw refuse('It is a symbolic link to a path that does not exist.');
  }
  if (!target.isDirectory()) {
    const what = `is ${target.isFile() ? 'a file' : 'a device'}, not a gallery`;
    throw refuse(
      entry.isSymbolicLink() ? `It is a symbolic link to \`${real}\`, which ${what}.` : `It ${what}.`,
    );
  }
  return { real, found: true };
}

function entryOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** The real path of what may not exist yet. */
export function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realOf(above), basename(path));
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function existingParent(path: string): string {
  const above = dirname(path);
  return above === path || entryOf(above) ? above : existingParent(above);
}

function isMountPoint(path: string): boolean {
  if (statSync(path).dev !== statSync(dirname(path)).dev) return true;
  // Another folder of the same disk may be mounted there.
  let mounts: string;
  try {
    mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return false;
  }
  return mounts.split('\n').some((line) => {
    const point = line.split(' ')[4];
    return (
      point?.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))) === path
    );
  });
}

export function isWithin(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return below === '' || (!/^\.\.(?:[/\\]|$)/.test(below) && !isAbsolute(below));
}

/** A gallery's front page names its maker. */
function looksLikeGallery(folder: string): boolean {
  try {
    return /filterscope/i.test(readFileSync(join(folder, 'index.html'), 'utf8'));
  } catch {
    return false;
  }
}
