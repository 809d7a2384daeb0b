import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namingPath } from '../errors.ts';
import { sha256 } from '../hash.ts';
import type { KeptPages, StaticsNote } from './kept-pages.ts';

/** Puts style sheet, scripts and fonts into the new gallery: those of the gallery before, where they were made from the same. */
export async function placeStatics(outDir: string, { siteKey, before }: KeptPages): Promise<StaticsNote> {
  const { statics } = before?.notes.siteKey === siteKey ? before.notes : {};
  const known = Object.entries(statics?.files ?? {});
  if (before && statics && known.every(([path, sum]) => before.has(path, sum))) {
    for (const [path] of known) before.take(path);
    return statics;
  }
  const { staticFiles } = await import('./static-files.ts');
  const { files, ...names } = await staticFiles();
  const assets = join(outDir, 'assets');
  await namingPath(assets, () => mkdir(assets, { recursive: true }));
  const sums: Record<string, string> = {};
  for (const [name, contents] of files) {
    const path = join(assets, name);
    await namingPath(path, () => writeFile(path, contents));
    sums[`assets/${name}`] = sha256(contents);
  }
  return { names, files: sums };
}
