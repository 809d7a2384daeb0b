import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { memoPrefix, NO_PICTURE } from './store.ts';
import type { Store } from './store.ts';

/** What is still needed: keys of raw results, pictures and layers that findings are about, `<kind>/<key>` of records (but those about the site folder), names of assets, ids of experiments. */
export interface Needed {
  readonly raw: ReadonlySet<string>;
  readonly memo: { readonly pictures: ReadonlySet<string>; readonly layers: ReadonlySet<string> };
  readonly records: ReadonlySet<string>;
  readonly assets: ReadonlySet<string>;
  readonly experiments: ReadonlySet<string>;
}

/** Removes everything from the store that is not needed, and abandoned temporary files; says how many bytes it freed. */
export async function prune(store: Store, needed: Needed): Promise<{ files: number; bytes: number }> {
  let files = 0;
  let bytes = 0;
  const sweep = async (folder: string, keep: (name: string) => boolean): Promise<void> => {
    for (const name of await namesIn(folder)) {
      if (keep(name)) continue;
      const path = join(folder, name);
      bytes += await sizeOf(path);
      files += 1;
      await rm(path, { recursive: true, force: true });
    }
  };
  await sweep(join(store.folder, 'raw'), (name) => needed.raw.has(name.replace(/\.bin$/, '')));
  await sweep(
    join(store.folder, 'memo'),
    (picture) => picture === NO_PICTURE || needed.memo.pictures.has(picture),
  );
  const layers = new Set([...needed.memo.layers].map(memoPrefix));
  for (const picture of await namesIn(join(store.folder, 'memo'))) {
    await sweep(join(store.folder, 'memo', picture), (name) => layers.has(name.split('-')[0]!));
  }
  await sweep(store.assetsFolder, (name) => needed.assets.has(name));
  await sweep(store.siteFolder, (name) => name === 'gallery.json' || needed.experiments.has(name));
  const site = await store.siteRecords();
  for (const kind of await namesIn(join(store.folder, 'records'))) {
    await sweep(join(store.folder, 'records', kind), (name) => {
      const key = name.replace(/\.json$/, '');
      return kind === 'site' ? site.has(key) : needed.records.has(`${kind}/${key}`);
    });
  }
  return { files, bytes };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  let total = 0;
  for (const name of await readdir(path)) total += await sizeOf(join(path, name));
  return total;
}
