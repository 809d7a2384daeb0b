import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Absolute path of this package: the nearest folder above this code whose package.json is filterscope's. Holds from
 * source and from the bundle alike, which lies deeper in the tree.
 */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** True in the published package: its code is compiled already, and nothing is written below its folder. */
export const isInstalled: boolean = !existsSync(join(packageRoot, 'scripts', 'compile.mjs'));

/**
 * Where the native backend lies: in the project's folder, so that it outlives node_modules. A checkout is its own project.
 * @param project absolute
 */
export function nativeFolder(project: string): string {
  return join(isInstalled ? project : packageRoot, '.native');
}

function findRoot(folder: string): string {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest)) {
    const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string };
    if (name === 'filterscope') return folder;
  }
  const parent = dirname(folder);
  if (parent === folder) throw new Error('filterscope: the code lies outside its own package');
  return findRoot(parent);
}
