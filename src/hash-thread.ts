import { parentPort } from 'node:worker_threads';
import { hashFile } from './hash.ts';
import type { HashReply, HashRequest } from './hash-apart.ts';

/** The thread that hashes large files. Started by hash-apart.ts. */

const port = parentPort;
if (!port) throw new Error('the hash thread was started outside a worker thread');

port.on('message', ({ id, path, md5 }: HashRequest) => {
  void hashFile(path, { md5 }).then(
    (sums) => port.postMessage({ id, sums } satisfies HashReply),
    () => port.postMessage({ id } satisfies HashReply),
  );
});
