import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { sha256 } from './hash.ts';

/**
 * Names a process in the names of files and folders that belong to it, so that others can tell what a killed one left:
 * `<process id>-<its start>-<its host>`. The start tells it from a later process with the same number; the host is one
 * boot of one machine and, on Linux, one namespace of process ids, since a number means nothing outside that.
 */
export type Owner = string;

/** What an owner looks like, for the regular expressions of file names; the first group is the process id. */
export const OWNER_PATTERN = '(\\d+)-[0-9a-f]+-[0-9a-f]{8}';

/** `unknown`: it ran on another host, so that only the age of what it left can tell. */
export type ProcessState = 'running' | 'ended' | 'unknown';

/** This process. */
export function thisOwner(): Owner {
  self ??= `${process.pid}-${startOf(process.pid) ?? '0'}-${host()}`;
  return self;
}
let self: Owner | undefined;

/** This process and one of the things it is at: no two of these are the same. */
export function uniqueOwner(): string {
  return `${thisOwner()}-${randomBytes(4).toString('hex')}`;
}

/** Whether the process still runs. Anything may follow the owner. */
export function stateOf(owner: Owner): ProcessState {
  const [pid, start, where] = owner.split('-');
  if (where !== host()) return 'unknown';
  if (!isRunning(Number(pid))) return 'ended';
  const now = startOf(Number(pid));
  return now === undefined || start === '0' || now === start ? 'running' : 'ended';
}

/** True for any process with this number on this machine, of any user. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Eight hexadecimal digits. */
function host(): string {
  return (hostHash ??= digits(
    [
      hostname(),
      attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
      attempt(() => readlinkSync('/proc/self/ns/pid')),
    ].join('\n'),
  ));
}
let hostHash: string | undefined;

/** When a process started, in hexadecimal digits that mean nothing else; undefined where it cannot be known. */
function startOf(pid: number): string | undefined {
  if (process.platform === 'win32') return undefined;
  if (process.platform === 'linux') {
    const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
    // The name, in brackets, may hold anything: fields are counted from behind it.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A process that has ended and was never waited for is none.
    if (fields?.[0] === 'Z') return 'ended';
    const ticks = Number(fields?.[19]);
    return Number.isInteger(ticks) ? ticks.toString(16) : undefined;
  }
  const started = attempt(() =>
    execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim(),
  );
  return started ? digits(started) : undefined;
}

const digits = (text: string): string => sha256(text).slice(0, 8);

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
