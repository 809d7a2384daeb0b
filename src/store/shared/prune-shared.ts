import pLimit from 'p-limit';
import { USE_MARKED_EVERY } from './leases.ts';
import type { SharedHolder, SharedLease } from './leases.ts';
import { cacheName, isInputName, SHARED_FOLDERS } from './names.ts';
import type { Listed, Objects } from './objects.ts';

export interface PrunedStore {
  readonly files: number;
  readonly bytes: number;
  /** Objects that are not Filterscope's: they stay. */
  readonly foreign: readonly string[];
  readonly others: readonly SharedHolder[];
}

/** Milliseconds. What is older and half written will never be whole. */
const ABANDONED = 60 * 60_000;
/** Milliseconds by which the date of what was found may be wrong: dates of buckets have seconds, touching takes time. */
const TOLERANCE = 60 * 60_000;

const LOOKS_AT_ONCE = 16;
const REMOVED_AT_ONCE = 1_000;

/**
 * Removes entries that are not needed and that nobody has used for so long.
 * @param lease one for removing: processes that come wait until it is released
 * @param unusedFor milliseconds
 * @param isNeeded whether an entry stays whatever its age; named as in the cache
 */
export async function pruneShared(
  objects: Objects,
  lease: SharedLease,
  unusedFor: number,
  isNeeded: (entry: string) => boolean,
): Promise<PrunedStore> {
  const others = await lease.others();
  const now = lease.now();
  // What the others have found is dated since they began, or was dated less than a day before.
  const begun = others.map(({ since }) => since - USE_MARKED_EVERY - TOLERANCE);
  const limit = Math.min(now - unusedFor, ...begun);
  const foreign: string[] = [];
  const pruned = { ...(await objects.sweep(now - ABANDONED)) } as { files: number; bytes: number };

  const someAtOnce = pLimit(LOOKS_AT_ONCE);
  const remove = async (some: readonly Listed[]): Promise<void> => {
    // Where others are, each is looked at once more: one of them may have dated it since it was listed.
    const old =
      others.length === 0
        ? some
        : (await Promise.all(some.map((each) => someAtOnce(() => isStillOld(objects, each, limit))))).flat();
    await objects.remove(old.map(({ name }) => name));
    pruned.files += old.length;
    pruned.bytes += old.reduce((sum, { size }) => sum + size, 0);
  };

  for (const folder of [...SHARED_FOLDERS, 'inputs']) {
    const unused: Listed[] = [];
    for await (const found of objects.list(`${folder}/`)) {
      const entry = cacheName(found.name);
      if (entry === undefined && !isInputName(found.name)) foreign.push(found.name);
      else if (found.date < limit && !(entry !== undefined && isNeeded(entry))) unused.push(found);
      if (unused.length === REMOVED_AT_ONCE) await remove(unused.splice(0));
    }
    await remove(unused);
  }
  return { ...pruned, foreign, others };
}

async function isStillOld(objects: Objects, listed: Listed, limit: number): Promise<Listed[]> {
  const found = await objects.find(listed.name);
  return found && found.date < limit ? [listed] : [];
}
