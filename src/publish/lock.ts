import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { namingPath } from '../errors.ts';
import { stateOf, OWNER_PATTERN, uniqueOwner } from '../processes.ts';

export interface Lock {
  release(): Promise<void>;
}

export interface LockOptions {
  /** For messages of those who wait: `build`. */
  readonly command: string;
  readonly signal: AbortSignal;
  /** Called once, where another process has the lock. */
  readonly tell: (line: string) => void;
}

/** Milliseconds between two looks at whose turn it is. */
const LOOK = 50;
/** Milliseconds between signs of life, for other hosts. */
const SIGN_OF_LIFE = 30_000;
/** Milliseconds without one, after which a process on another host is taken for dead. */
const PATIENCE = 10 * 60_000;

interface Ticket {
  readonly name: string;
  /** 0: it is still being drawn. */
  readonly number: number;
  readonly owner: string;
  readonly pid: number;
}

/**
 * Has what is published to a folder by one process at a time, in the order in which they came. Each draws a ticket, a file
 * `.<folder>.<number>-<owner>.lock` beside the folder with a number above all others, and waits until there is no lower one
 * (Lamport's bakery algorithm): no file is ever shared, so that those of dead processes can be removed without asking.
 * @param out absolute; its parent exists
 * @throws AbortError when the signal aborts
 */
export async function lock(out: string, { command, signal, tell }: LockOptions): Promise<Lock> {
  const parent = dirname(out);
  const pattern = new RegExp(
    `^\\.${escapeRegExp(basename(out))}\\.(\\d+)-(${OWNER_PATTERN}-[0-9a-f]{8})\\.lock$`,
  );
  const owner = uniqueOwner();
  const nameOf = (number: number): string => `.${basename(out)}.${number}-${owner}.lock`;
  let name = nameOf(0);

  const waiting = async (): Promise<Ticket[]> => {
    const tickets: Ticket[] = [];
    for (const each of await readdir(parent)) {
      const found = pattern.exec(each);
      if (!found || found[2] === owner) continue;
      if (await isOver(join(parent, each), found[2]!, join(parent, name)))
        await rm(join(parent, each), { force: true });
      else tickets.push({ name: each, number: Number(found[1]), owner: found[2]!, pid: Number(found[3]) });
    }
    return tickets;
  };

  const drop = async (): Promise<void> => {
    clearInterval(timer);
    await rm(join(parent, name), { force: true });
  };
  await namingPath(join(parent, name), () => writeFile(join(parent, name), command));
  const timer = setInterval(() => {
    void writeFile(join(parent, name), command, { flag: 'r+' }).catch(() => {});
  }, SIGN_OF_LIFE).unref();
  try {
    const number = 1 + Math.max(0, ...(await waiting()).map((ticket) => ticket.number));
    await rename(join(parent, name), join(parent, nameOf(number)));
    name = nameOf(number);
    // A list of a folder may lack a file that is being renamed, but not two in a row.
    for (let reported = false, free = 0; free < 2;) {
      const before = (await waiting()).filter(
        (ticket) => ticket.number < number || (ticket.number === number && ticket.owner < owner),
      );
      free = before.length === 0 ? free + 1 : 0;
      if (free > 0) continue;
      const drawn = before.find((ticket) => ticket.number > 0);
      if (drawn && !reported) {
        const what = await readFile(join(parent, drawn.name), 'utf8').catch(() => undefined);
        if (what) {
          tell(`Waiting for \`${what}\` (process ${drawn.pid}), which is writing ${out}.`);
          reported = true;
        }
      }
      await sleep(LOOK, undefined, { signal });
    }
    return { release: drop };
  } catch (error) {
    await drop();
    throw error;
  }
}

async function isOver(path: string, owner: string, own: string): Promise<boolean> {
  const state = stateOf(owner);
  if (state !== 'unknown') return state === 'ended';
  // Both times are the file system's own, so that clocks of hosts may differ.
  const theirs = await stat(path).catch(() => undefined);
  const ours = await stat(own).catch(() => undefined);
  return theirs !== undefined && ours !== undefined && ours.mtimeMs - theirs.mtimeMs > PATIENCE;
}

export const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
