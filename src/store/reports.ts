import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sha256 } from '../hash.ts';
import { keepFile, keptFile } from './site-files.ts';
import { usedSize } from './use-marks.ts';
import { keyOf, listFolder, writeWhole } from './store.ts';

/**
 * The latest report of each experiment, for builds of others: `reports/<project>/<experiment>.json` names its files, which
 * lie in `reports/files/` under their SHA-256. A report is written and read as a whole, also while others are written.
 */
export interface Reports {
  /**
   * Keeps an experiment's report as it lies in a folder.
   * @param sums SHA-256 of files that are kept already, by their paths from the folder
   */
  keep(id: string, siteFolder: string, sums?: ReadonlyMap<string, string>): Promise<void>;
  /**
   * Puts an experiment's report into a folder as it was last kept.
   * @returns `damaged` where a file of it is missing or has other bytes than it was kept with; nothing is in the folder then
   */
  take(id: string, siteFolder: string): Promise<'taken' | 'absent' | 'damaged'>;
  /** Experiments whose reports are kept, sorted. */
  ids(): Promise<readonly string[]>;
}

interface Kept {
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** @param experiments their folder: experiments of the same name in other folders are others, though they share a cache */
export function openReports(cache: string, experiments: string): Reports {
  const project = projectOf(cache, experiments);
  const pointer = (id: string): string => join(cache, 'reports', project, `${id}.json`);
  const blob = (hash: string): string => keptFile(cache, hash);
  return {
    async keep(id, siteFolder, sums) {
      const files: { path: string; sha256: string }[] = [];
      for (const { path } of await listFolder(join(siteFolder, id))) {
        const known = sums?.get(`${id}/${path}`);
        if (known !== undefined && (await usedSize(blob(known))) !== undefined) {
          files.push({ path, sha256: known });
          continue;
        }
        const bytes = await readFile(join(siteFolder, id, path));
        const hash = sha256(bytes);
        await keepFile(cache, hash, bytes);
        files.push({ path, sha256: hash });
      }
      await writeWhole(pointer(id), JSON.stringify({ files } satisfies Kept), { within: cache });
    },
    async take(id, siteFolder) {
      // Another process may keep a new report, and remove the files of the old one, while they are read.
      for (let attempt = 0; ; attempt++) {
        const kept = await readKept(pointer(id));
        if (typeof kept === 'string') return kept;
        const files = await Promise.all(
          kept.files.map(async ({ path, sha256: hash }) => ({
            path,
            hash,
            bytes: await readFile(blob(hash)).catch(() => undefined),
          })),
        );
        if (files.every(({ hash, bytes }) => bytes && sha256(bytes) === hash)) {
          for (const { path, bytes } of files) await writeWhole(join(siteFolder, id, path), bytes!);
          return 'taken';
        }
        if (attempt === 3) return 'damaged';
      }
    },
    async ids() {
      const names = await readdir(join(cache, 'reports', project)).catch(() => []);
      return names.flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : [])).sort();
    },
  };
}

export interface KeptReport {
  readonly project: string;
  readonly id: string;
  /** Absolute, as the paths of `files`. */
  readonly path: string;
  readonly files: readonly string[];
}

/** Paths of all that reports consist of, by project and experiment; `[]` where there are none. */
export async function listReports(cache: string): Promise<readonly KeptReport[]> {
  const folder = join(cache, 'reports');
  const found: KeptReport[] = [];
  for (const project of await readdir(folder).catch(() => [])) {
    if (project === 'files') continue;
    for (const name of await readdir(join(folder, project)).catch(() => [])) {
      if (!name.endsWith('.json')) continue;
      const path = join(folder, project, name);
      const kept = await readKept(path);
      const files = (typeof kept === 'string' ? [] : kept.files).map(({ sha256: hash }) =>
        join(folder, 'files', hash),
      );
      found.push({ path, project, id: name.slice(0, -'.json'.length), files });
    }
  }
  return found;
}

async function readKept(path: string): Promise<Kept | 'absent' | 'damaged'> {
  try {
    const kept = JSON.parse(await readFile(path, 'utf8')) as Partial<Kept> | null;
    return Array.isArray(kept?.files) && kept.files.every(isKeptFile) ? (kept as Kept) : 'damaged';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'damaged';
  }
}

/** Paths that lead elsewhere are none that this program wrote. */
function isKeptFile(file: Partial<Kept['files'][number]> | null): boolean {
  return (
    typeof file?.path === 'string' &&
    file.path.split('/').every(isStep) &&
    /^[0-9a-f]{64}$/.test(`${file.sha256}`)
  );
}

const isStep = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && !/[\\\0]/.test(name);

/** The name under which reports of the experiments in a folder are kept: the way there from the cache. */
export function projectOf(cache: string, experiments: string): string {
  return keyOf(relative(cache, experiments));
}
