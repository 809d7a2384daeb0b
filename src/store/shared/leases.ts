import { setTimeout as sleep } from 'node:timers/promises';
import { stateOf, OWNER_PATTERN, uniqueOwner } from '../../processes.ts';
import type { Found, Objects } from './objects.ts';

/**
 * Says in a shared store that a process uses it, in `running/<owner>.json`. All times are the store's own: a lease's date is when the store
 * received it, so that clocks of hosts do not matter, and neither does one that jumps.
 */
export interface SharedLease {
  /** The store's present time, in milliseconds since 1970. */
  now(): number;
  /** The others that use the store. Leases of ended processes are removed. */
  others(): Promise<readonly SharedHolder[]>;
  release(): Promise<void>;
}

interface LeaseText {
  /** For messages: `build`. */
  readonly command: string;
  /** The store's time when the process began to use it; absent in the first moments. */
  readonly since?: number;
  readonly removing?: true;
}

export interface SharedHolder {
  readonly command: string;
  /** The store's time from which on it may rely on what it finds. */
  readonly since: number;
  readonly removing: boolean;
}

export interface LeaseTimes {
  /** Milliseconds between signs of life. */
  readonly signOfLife: number;
  /** Milliseconds without one, after which a process on another host is taken for dead. */
  readonly patience: number;
  /** Milliseconds between two looks at a process that is waited for. */
  readonly look: number;
}

/** Milliseconds. The date of an object says to within this when it was last found by a process that relies on it. */
export const USE_MARKED_EVERY = 24 * 60 * 60_000;

const leases = new WeakMap<Objects, SharedLease>();

/** Dates an object that was found and is going to be relied on, where this process has a lease of the store. */
export async function markUsed(objects: Objects, name: string, { date }: Pick<Found, 'date'>): Promise<void> {
  const lease = leases.get(objects);
  if (lease && lease.now() - date > USE_MARKED_EVERY) await objects.touch(name, date, lease.now());
}

const TIMES: LeaseTimes = { signOfLife: 30_000, patience: 10 * 60_000, look: 500 };

const leaseName = new RegExp(`^running/(${OWNER_PATTERN}-[0-9a-f]{8})\\.json$`);

export interface LeaseRequest {
  readonly command: string;
  /** It is going to remove entries: those that begin to use the store from now on wait until it is released. */
  readonly removing?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called once where another process is waited for. */
  readonly tell?: ((line: string) => void) | undefined;
  readonly times?: LeaseTimes;
}

export async function takeSharedLease(
  objects: Objects,
  { command, removing = false, signal, tell = () => {}, times = TIMES }: LeaseRequest,
): Promise<SharedLease> {
  const owner = uniqueOwner();
  const name = `running/${owner}.json`;
  let text: LeaseText = { command, ...(removing ? { removing: true as const } : {}) };
  let clock = { date: 0, at: 0 };
  let released = false;
  const sign = async (): Promise<void> => {
    if (released) return;
    await objects.write(name, Buffer.from(JSON.stringify(text)));
    const found = await objects.find(name);
    // Removed by someone who took this process for dead: the next sign of life brings it back.
    if (found) clock = { date: found.date, at: performance.now() };
  };
  // One after the other: none is under way when the lease is removed.
  let last: Promise<void> = Promise.resolve();
  const write = (): Promise<void> => (last = last.catch(() => {}).then(sign));
  await write();
  text = { ...text, since: clock.date };
  await write();
  // A sign of life that fails says nothing: what needs the store reports that it is out of reach.
  const timer = setInterval(() => void write().catch(() => {}), times.signOfLife).unref();
  const lease: SharedLease = {
    now: () => clock.date + (performance.now() - clock.at),
    async others() {
      await write();
      return readHolders(objects, { owner, now: clock.date, patience: times.patience });
    },
    async release() {
      clearInterval(timer);
      released = true;
      await last.catch(() => {});
      await objects.remove([name]);
    },
  };
  try {
    let told = false;
    while (!removing) {
      const remover = (await lease.others()).find((holder) => holder.removing);
      if (!remover) break;
      if (!told)
        tell(`Waiting for \`${remover.command}\`, which is removing entries of \`${objects.address}\`.`);
      told = true;
      await sleep(times.look, undefined, signal ? { signal } : {});
    }
    leases.set(objects, lease);
    return lease;
  } catch (error) {
    await lease.release().catch(() => {});
    throw error;
  }
}

async function readHolders(
  objects: Objects,
  { owner: self, now, patience }: { readonly owner: string; readonly now: number; readonly patience: number },
): Promise<SharedHolder[]> {
  const holders: SharedHolder[] = [];
  for await (const { name, date } of objects.list('running/')) {
    const owner = leaseName.exec(name)?.[1];
    if (owner === undefined || owner === self) continue;
    const state = stateOf(owner);
    if (state === 'ended' || (state === 'unknown' && now - date > patience)) {
      await objects.remove([name]);
      continue;
    }
    const text = (await objects.read(name))?.bytes.toString('utf8');
    // Released in this moment.
    if (text === undefined) continue;
    holders.push(parseHolder(text, date));
  }
  return holders;
}

/** One that cannot be read counts as one that uses everything. */
function parseHolder(text: string, date: number): SharedHolder {
  try {
    const { command, since, removing } = JSON.parse(text) as Partial<LeaseText>;
    return {
      command: typeof command === 'string' && /^[a-z -]{1,40}$/.test(command) ? command : 'filterscope',
      since: typeof since === 'number' ? Math.min(since, date) : date,
      removing: removing === true,
    };
  } catch {
    return { command: 'filterscope', since: 0, removing: false };
  }
}
