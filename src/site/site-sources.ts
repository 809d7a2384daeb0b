import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { packageRoot } from '../package-root.ts';

/** What pages are made by, besides src/site: what it imports, and the versions of what renders them. */
const OTHERS = [
  'src/hash.ts',
  'src/schema/outside.ts',
  'src/schema/report.ts',
  'src/schema/slug.ts',
  'src/visible.ts',
  'package-lock.json',
];

/** Paths of all the sources of pages, from the package's folder, with forward slashes. */
async function listSources(): Promise<string[]> {
  const entries = await readdir(join(packageRoot, 'src', 'site'), { recursive: true, withFileTypes: true });
  const own = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      relative(packageRoot, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    )
    // Without what Astro leaves there for editors.
    .filter((path) => !/\/\./.test(path));
  return [...own, ...OTHERS.filter((path) => existsSync(join(packageRoot, path)))].sort();
}

/** The site's sources and their renderer's version, as 16 hexadecimal digits: other digits, other pages. */
export async function hashSiteSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const path of await listSources()) {
    const text = await readFile(join(packageRoot, path));
    hash.update(`${path}\0${text.length}\0`).update(text);
  }
  return hash.digest('hex').slice(0, 16);
}

/** @param path from the package's folder, with forward slashes */
export const isSiteSource = (path: string): boolean => path.startsWith('src/site/') || OTHERS.includes(path);
