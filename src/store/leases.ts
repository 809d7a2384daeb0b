import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stateOf, OWNER_PATTERN, uniqueOwner } from '../processes.ts';
import type { ProcessState, Owner } from '../processes.ts';
import { namingPath } from '../errors.ts';
import { markCache } from './cache-folder.ts';
import { makeFolder } from './disk.ts';
import { sweepTemporary } from './temporary.ts';

/**
 * Says in a cache folder that a process is using it, in `running/<owner>/`: `lease.json`, and in `site/` the reports that it
 * renders, which no other process changes. A killed process leaves its folder; the next one to take a lease removes it, with the
 * temporary files of the dead.
 */
export interface Lease {
  /** What this process renders from. */
  readonly siteFolder: string;
  /**
   * From now on nothing may be removed that this process finds in the cache; waits for a process that is removing files.
   * @param tell called once if that takes more than a second
   */
  use(signal: AbortSignal, tell: (line: string) => void): Promise<void>;
  /** Only what the reports in `siteFolder` name is needed from now on. */
  rest(): Promise<void>;
  release(): Promise<void>;
}

/** What `lease.json` holds. */
interface LeaseFile {
  /** For messages: `build`. */
  readonly command: string;
  /** Milliseconds since 1970. Present while the process may use anything that it finds. */
  readonly since?: number;
  /** It is removing things. */
  readonly removing?: true;
}

/** Another process that uses the cache. */
export interface Holder extends LeaseFile {
  readonly pid: number;
  readonly siteFolder: string;
}

/** Milliseconds between signs of life, for other hosts. */
const SIGN_OF_LIFE = 30_000;
/** Milliseconds without one, after which a process on another host is taken for dead. */
const PATIENCE = 10 * 60_000;
/** Milliseconds between two looks at what another process is at. */
const LOOK = 50;

const ownerName = new RegExp(`^${OWNER_PATTERN}-[0-9a-f]{8}$`);

export async function takeLease(cache: string, command: string): Promise<Lease> {
  return take(cache, { command });
}

/**
 * Takes a lease for removing files: a process that begins to use the cache from now on waits until it is released.
 * @returns also who was using it already
 */
export async function takeRemovalLease(
  cache: string,
  command: string,
): Promise<{ readonly lease: Lease; readonly others: readonly Holder[] }> {
  const lease = await take(cache, { command, removing: true });
  return { lease, others: await lease.others() };
}

async function take(
  cache: string,
  first: LeaseFile,
): Promise<Lease & { others(): Promise<readonly Holder[]> }> {
  await markCache(cache);
  const owner = uniqueOwner();
  const folder = join(cache, 'running', owner);
  const path = join(folder, 'lease.json');
  await makeFolder(folder, cache);
  let state = first;
  // In place, and small enough to be there at once: a reader of half of it reads it again.
  const write = (): Promise<void> => namingPath(path, () => writeFile(path, JSON.stringify(state)));
  await write();
  const timer = setInterval(() => void write().catch(() => {}), SIGN_OF_LIFE).unref();
  const others = (): Promise<readonly Holder[]> => readHolders(cache, owner);
  try {
    await others();
  } catch (error) {
    clearInterval(timer);
    throw error;
  }
  return {
    siteFolder: join(folder, 'site'),
    others,
    async use(signal, tell) {
      state = { ...first, since: Date.now() };
      await write();
      for (let waited = 0; ; waited += LOOK) {
        const remover = (await others()).find(({ removing }) => removing);
        if (!remover) return;
        if (waited === 20 * LOOK) {
          tell(`Waiting for \`${remover.command}\` (process ${remover.pid}), which is removing results.`);
        }
        await sleep(LOOK, undefined, { signal });
      }
    },
    async rest() {
      state = first;
      await write();
    },
    async release() {
      clearInterval(timer);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The other processes that use a cache. What dead ones left goes. */
async function readHolders(cache: string, self: Owner): Promise<Holder[]> {
  const folder = join(cache, 'running');
  const holders: Holder[] = [];
  const dead: Owner[] = [];
  for (const owner of await readdir(folder)) {
    const pid = ownerName.exec(owner)?.[1];
    if (pid === undefined || owner === self) continue;
    if (await isOver(folder, owner, self)) {
      dead.push(owner);
      continue;
    }
    const lease = await readLease(join(folder, owner, 'lease.json'));
    if (lease) holders.push({ ...lease, pid: Number(pid), siteFolder: join(folder, owner, 'site') });
  }
  if (dead.length > 0) {
    await sweepTemporary(cache, {
      ended: new Set(dead.map(pidOf)),
      running: new Set([pidOf(self), ...holders.map(({ pid }) => pid)]),
    });
    for (const owner of dead) await rm(join(folder, owner), { recursive: true, force: true });
  }
  return holders;
}

const pidOf = (owner: Owner): number => Number.parseInt(owner, 10);

async function isOver(folder: string, owner: Owner, self: Owner): Promise<boolean> {
  const state: ProcessState = stateOf(owner);
  if (state !== 'unknown') return state === 'ended';
  // Both times are the file system's own, so that clocks of hosts may differ.
  const [theirs, ours] = await Promise.all([signOfLife(folder, owner), signOfLife(folder, self)]);
  return theirs !== undefined && ours !== undefined && ours - theirs > PATIENCE;
}

async function signOfLife(folder: string, owner: Owner): Promise<number | undefined> {
  for (const path of [join(folder, owner, 'lease.json'), join(folder, owner)]) {
    const found = await stat(path).catch(() => undefined);
    if (found) return found.mtimeMs;
  }
  return undefined;
}

/** Undefined where the process has just released it. One that is being written counts as one that uses everything. */
async function readLease(path: string): Promise<LeaseFile | undefined> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      return JSON.parse(await readFile(path, 'utf8')) as LeaseFile;
    } catch (error) {
      if (!(error instanceof SyntaxError) && attempt > 2) return undefined;
      await sleep(5);
    }
  }
  return { command: 'filterscope', since: 0 };
}
