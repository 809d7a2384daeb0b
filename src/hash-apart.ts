import { Worker } from 'node:worker_threads';
import { compiledFile } from './compiled-file.ts';
import { hashFile } from './hash.ts';
import type { FileSums } from './hash.ts';

export interface HashRequest {
  readonly id: number;
  readonly path: string;
  readonly md5: boolean;
}

export interface HashReply {
  readonly id: number;
  /** Absent where the file could not be read. */
  readonly sums?: FileSums;
}

/**
 * Sums of a file as `hashFile` gives them, from a thread of its own: reading weights, hashing them and handing them to a backend then take
 * a processor each.
 */
export async function hashFileApart(path: string, { md5 = false } = {}): Promise<FileSums> {
  const id = next++;
  const { worker, waiting } = (thread ??= startThread());
  const sums = await new Promise<FileSums | undefined>((resolve) => {
    waiting.set(id, resolve);
    worker.ref();
    worker.postMessage({ id, path, md5 } satisfies HashRequest);
  });
  // What is wrong with the file is said by reading it here.
  return sums ?? hashFile(path, { md5 });
}

interface HashThread {
  readonly worker: Worker;
  /** By the numbers of their requests. */
  readonly waiting: Map<number, (sums: FileSums | undefined) => void>;
}

let next = 0;
let thread: HashThread | undefined;

function startThread(): HashThread {
  const worker = new Worker(compiledFile('hash-thread.js'));
  const waiting: HashThread['waiting'] = new Map();
  const started = { worker, waiting };
  worker.on('message', ({ id, sums }: HashReply) => {
    waiting.get(id)?.(sums);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
  });
  // Whoever waits hashes the file without it.
  const giveUp = (): void => {
    if (thread === started) thread = undefined;
    for (const resolve of waiting.values()) resolve(undefined);
    waiting.clear();
  };
  worker.on('error', giveUp).on('exit', giveUp);
  return started;
}
