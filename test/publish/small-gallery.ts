import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentProgress } from '../../src/pipeline/progress.ts';
import type { SharedHost } from '../../src/pipeline/compute/worker-host.ts';
import { buildGallery } from '../../src/publish/gallery.ts';
import { sha256 } from '../../src/hash.ts';
import { listFolder } from '../../src/store/store.ts';
import type { Workspace } from './workspace.ts';

const nothingRendered = { pages: 1, rendered: 1, parts: {}, units: {}, list: undefined };

/** Builds without pages: they are made from the reports, and from nothing else in the cache. */
export async function buildWithoutPages(
  { options, effects }: Workspace,
  sharedHost: SharedHost,
  ids: readonly string[] = [],
): Promise<void> {
  await buildGallery({
    ...{ ids, options, effects, sharedHost, progress: silentProgress },
    signal: new AbortController().signal,
    startRenderer: () => ({ render: () => Promise.resolve(nothingRendered), stop: () => {} }),
  });
}

/** `path sum` of every file of the gallery. */
export async function galleryOf({ options: { out } }: Workspace): Promise<readonly string[]> {
  const found = await listFolder(out);
  return Promise.all(found.map(async ({ path }) => `${path} ${sha256(await readFile(join(out, path)))}`));
}
