import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';

/** Files that every gallery holds beside what its report needs: name below dist/assets/, and where it comes from. */
export function staticFiles(): ReadonlyMap<string, string> {
  const { resolve } = createRequire(join(packageRoot, 'package.json'));
  const own = (name: string): string => join(packageRoot, 'src', 'site', 'static', name);
  const font = (weight: number): string =>
    resolve(`@fontsource/inter/files/inter-latin-${weight}-normal.woff2`);
  return new Map([
    ['site.css', own('site.css')],
    ['site.js', own('site.js')],
    ['inter-400.woff2', font(400)],
    ['inter-600.woff2', font(600)],
  ]);
}

/** Contents of one of them, or undefined. */
export async function readStaticFile(name: string): Promise<Uint8Array | undefined> {
  const path = staticFiles().get(name);
  return path === undefined ? undefined : readFile(path);
}
