import { lstat, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namingPath, UserError } from '../errors.ts';
import { makeFolder } from './disk.ts';
import { isTemporary } from './temporary.ts';

/** Marks a folder as a cache: without it nothing in a folder is ever removed. */
export const CACHE_MARK = '.filterscope-cache';

const TEXT = `This folder is a cache of Filterscope. \`filterscope clean\` removes results from it.
`;

/** Names of the files that are ours in each folder of a cache. Keys are hexadecimal digits; tests use words. */
const files = (key: string, finding: string): Readonly<Record<string, RegExp>> => ({
  raw: new RegExp(`^${key}\\.bin$`),
  partial: new RegExp(`^[0-9a-z]+/${finding}-${key}\\.bin$`),
  records: new RegExp(`^[a-z-]+/${key}\\.json$`),
  assets: /^[0-9a-f]{24}\.[a-z0-9]+$/,
  reports: new RegExp(`^(files/[0-9a-f]{64}|${key}/[^/]+\\.json)$`),
});

/** Names of what `clean` removes; anything else in these folders stays. */
export const CACHE_FILES = files('[0-9a-z]+', '[0-9a-z]+');
/** The same, narrower: in a folder without a mark a file must leave no doubt. */
const unmistakable = files('[0-9a-f]{40}', '[0-9a-f]{16}');

/** Caches of the page renderer, and the reports of versions before there was `reports`: removed as they are. */
export const CACHE_FOLDERS = ['site', 'astro', 'vite', 'compiled'] as const;

/** All that was ever made in a cache folder. */
const known = new Set<string>([
  ...Object.keys(unmistakable),
  ...CACHE_FOLDERS,
  ...['running', 'weights', 'training', 'dev', CACHE_MARK],
]);

export type CacheState = 'absent' | 'ours' | 'unmarked';

/**
 * Whether a folder is a cache. One without the mark counts where it is empty, or holds nothing but what earlier versions put
 * there.
 * @throws UserError where it is something else
 */
export async function checkCacheFolder(cache: string): Promise<CacheState> {
  let names: string[];
  try {
    names = await readdir(cache);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && (await isAbsent(cache))) return 'absent';
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new UserError({
        what: `The cache cannot be \`${cache}\`.`,
        why:
          code === 'ENOTDIR'
            ? 'The path is a file.'
            : 'The path is a symbolic link to a path that does not exist.',
        hint: 'Name a folder with `--cache`.',
      });
    }
    throw error;
  }
  if (names.includes(CACHE_MARK)) return 'ours';
  const foreign = names.filter((name) => !known.has(name));
  if (foreign.length === 0) foreign.push(...(await foreignIn(cache)));
  if (foreign.length === 0) return 'unmarked';
  throw new UserError({
    what: `The cache cannot be \`${cache}\`.`,
    why: `The folder contains other files: ${listNames(foreign)}.`,
    hint: 'Name an empty folder, a new one, or a cache of Filterscope with `--cache`.',
  });
}

/** Makes the folder and marks it. @throws UserError where it is something else than a cache */
export async function markCache(cache: string): Promise<void> {
  if ((await checkCacheFolder(cache)) === 'ours') return;
  await makeFolder(cache);
  const mark = join(cache, CACHE_MARK);
  await namingPath(mark, () => writeFile(mark, TEXT));
}

/** Files that no version of Filterscope wrote, in the folders that `clean` looks into. Paths from the cache folder. */
async function foreignIn(cache: string): Promise<string[]> {
  const found: string[] = [];
  for (const [folder, pattern] of Object.entries(unmistakable)) {
    const names = await readdir(join(cache, folder), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    for (const entry of names) {
      const path = join(entry.parentPath ?? entry.path, entry.name).slice(join(cache, folder).length + 1);
      const ours = entry.isFile() && (pattern.test(path.replaceAll('\\', '/')) || isTemporary(path));
      if (!ours && !entry.isDirectory()) found.push(`${folder}/${path}`);
    }
  }
  return found;
}

/** Five of them, and how many more there are. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `\`${name}\``);
  const rest = names.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** Not even a link that leads nowhere. */
async function isAbsent(path: string): Promise<boolean> {
  return lstat(path).then(
    () => false,
    () => true,
  );
}
