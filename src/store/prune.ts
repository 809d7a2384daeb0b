import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE_FILES, CACHE_FOLDERS } from './cache-folder.ts';
import { listReports } from './reports.ts';
import { partialPrefix, NO_IMAGE } from './store.ts';
import type { Store } from './store.ts';
import { isTemporary } from './temporary.ts';

/** What is still needed: keys of raw results, images and layers of partial results, `<kind>/<key>` of records, names of assets, ids of experiments. */
export interface Needed {
  readonly raw: ReadonlySet<string>;
  readonly partial: { readonly images: ReadonlySet<string>; readonly layers: ReadonlySet<string> };
  readonly records: ReadonlySet<string>;
  readonly assets: ReadonlySet<string>;
  readonly experiments: ReadonlySet<string>;
  /** The name under which the reports of these experiments are kept; those of every project where it is absent. */
  readonly project?: string;
}

export interface Pruned {
  readonly files: number;
  readonly bytes: number;
  /** Files and folders that are not Filterscope's: they stay. Paths from the cache folder. */
  readonly foreign: readonly string[];
}

/**
 * Removes everything from the store that is not needed.
 * @param usedSince milliseconds since 1970: what was made or found since then stays, because other processes run; absent
 *   where none does
 */
export async function prune(store: Store, needed: Needed, usedSince?: number): Promise<Pruned> {
  const removal = new Removal(store.folder, usedSince);
  await removal.from('raw', (name) => needed.raw.has(name.replace(/\.bin$/, '')));
  const layers = new Set([...needed.partial.layers].map(partialPrefix));
  await removal.from('partial', (name) => {
    const [image, finding] = name.split('/') as [string, string];
    const isNeeded = image === NO_IMAGE || needed.partial.images.has(image);
    return isNeeded && layers.has(finding.split('-')[0]!);
  });
  await removal.from('records', (name) => needed.records.has(name.replace(/\.json$/, '')));
  await removal.from('assets', (name) => needed.assets.has(name));

  const reports = (await listReports(store.folder)).filter(
    ({ id, project }) => needed.experiments.has(id) && (needed.project ?? project) === project,
  );
  const kept = new Set(reports.flatMap(({ path, files }) => [path, ...files]));
  await removal.from('reports', (name) => kept.has(join(store.folder, 'reports', name)));
  for (const name of await namesIn(join(store.folder, 'site'))) {
    if (name !== 'gallery.json' && !needed.experiments.has(name)) await removal.whole(`site/${name}`);
  }
  return removal.result();
}

/**
 * Removes everything but downloaded weights and what a training has left. Where other processes use the store, what they may
 * be using stays.
 * @param assets names of those that their reports lead to
 */
export async function empty(
  store: Store,
  { usedSince, assets }: { readonly usedSince?: number | undefined; readonly assets: ReadonlySet<string> },
): Promise<Pruned> {
  const none = new Set<string>();
  const nothing: Needed = {
    ...{ raw: none, partial: { images: none, layers: none }, records: none, assets, experiments: none },
  };
  const pruned = await prune(store, nothing, usedSince);
  if (usedSince !== undefined) return pruned;
  const removal = new Removal(store.folder, undefined);
  for (const name of CACHE_FOLDERS) await removal.whole(name);
  for (const name of Object.keys(CACHE_FILES)) await removeEmpty(join(store.folder, name));
  const { files, bytes } = removal.result();
  return { files: pruned.files + files, bytes: pruned.bytes + bytes, foreign: pruned.foreign };
}

/** Removes things from a cache folder, and counts them. */
class Removal {
  private count = 0;
  private bytes = 0;
  private readonly foreign: string[] = [];

  constructor(
    private readonly cache: string,
    private readonly usedSince: number | undefined,
  ) {}

  result(): Pruned {
    return { files: this.count, bytes: this.bytes, foreign: this.foreign };
  }

  /** The files of one folder that are ours and not to be kept. Names are paths from that folder. */
  async from(folder: keyof typeof CACHE_FILES, keep: (name: string) => boolean): Promise<void> {
    const walk = async (below: string): Promise<void> => {
      const here = join(this.cache, folder, below);
      for (const entry of await entriesIn(here)) {
        const name = below === '' ? entry.name : `${below}/${entry.name}`;
        if (entry.isDirectory()) await walk(name);
        else if (isTemporary(name)) continue;
        else if (!entry.isFile() || !CACHE_FILES[folder]!.test(name)) this.foreign.push(`${folder}/${name}`);
        else if (!keep(name)) await this.file(join(here, entry.name));
      }
      // While others run, a folder that is empty now may be about to hold something.
      if (below !== '' && this.usedSince === undefined) await rmdir(here).catch(() => {});
    };
    await walk('');
  }

  /** A file or folder with all that is in it. */
  async whole(name: string): Promise<void> {
    const path = join(this.cache, name);
    const size = await sizeOf(path);
    if (size === undefined) return;
    await rm(path, { recursive: true, force: true });
    this.count += 1;
    this.bytes += size;
  }

  private async file(path: string): Promise<void> {
    const found = await stat(path).catch(() => undefined);
    if (!found || this.isUsed(found.mtimeMs)) return;
    if (this.usedSince === undefined) {
      await rm(path, { force: true });
    } else if (!(await this.removeUnlessFound(path))) {
      return;
    }
    this.count += 1;
    this.bytes += found.size;
  }

  /**
   * A process that finds a file marks it as used, if it has not been for long. It either does that before the file is set aside,
   * which shows in the file, or finds no file to mark and makes it again.
   */
  private async removeUnlessFound(path: string): Promise<boolean> {
    const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
    try {
      await rename(path, aside);
      if (this.isUsed((await stat(aside)).mtimeMs)) {
        await rename(aside, path);
        return false;
      }
      await rm(aside, { force: true });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  private isUsed(mtime: number): boolean {
    return this.usedSince !== undefined && mtime >= this.usedSince;
  }
}

/** Removes a folder that holds nothing but folders. */
async function removeEmpty(folder: string): Promise<void> {
  for (const entry of await entriesIn(folder)) {
    if (entry.isDirectory()) await removeEmpty(join(folder, entry.name));
  }
  await rmdir(folder).catch(() => {});
}

async function entriesIn(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** Undefined where there is nothing. */
async function sizeOf(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isDirectory()) return found?.size;
  let total = 0;
  for (const name of await namesIn(path)) total += (await sizeOf(join(path, name))) ?? 0;
  return total;
}
