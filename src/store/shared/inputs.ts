import { randomBytes } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WorkError } from '../../errors.ts';
import { hashFileSha256 } from '../../hash.ts';
import { makeFolder } from '../disk.ts';
import { markUsed } from './leases.ts';
import { inputName } from './names.ts';
import type { Objects } from './objects.ts';

/** Files that jobs are computed from, under their SHA-256: models and images, for workers that have no experiments. */

/** The store has no sound copy of an input: whoever has the file can send it again. */
export class LostInputError extends WorkError {}

/** Sends a file where the store lacks it. @param sha256 of the file, as read for the plan; it is checked while it is sent */
export async function sendInput(objects: Objects, path: string, sha256: string): Promise<void> {
  const name = inputName(sha256);
  const [found, { size }] = await Promise.all([objects.find(name), stat(path)]);
  if (found?.size === size) await markUsed(objects, name, found);
  else await objects.writeFile(name, path, sha256);
}

/** Readings of an input whose bytes are not those of its name. */
const READINGS = 3;

/**
 * Fetches a file, which appears when all of it has been checked.
 * @throws LostInputError where the store has no sound one
 */
export async function fetchInput(objects: Objects, sha256: string, to: string): Promise<void> {
  const name = inputName(sha256);
  await makeFolder(dirname(to));
  const part = `${to}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  let got: string | undefined;
  try {
    for (let reading = 0; reading < READINGS; reading++) {
      if (!(await objects.readFile(name, part))) break;
      got = await hashFileSha256(part);
      if (got !== sha256) continue;
      await rename(part, to);
      return;
    }
  } finally {
    await rm(part, { force: true });
  }
  throw new LostInputError({
    what: `An input of the job is not in the shared store: \`${objects.address}/${name}\`.`,
    why:
      got === undefined
        ? 'There is no such object.'
        : `Checksum mismatch: expected SHA-256 ${sha256}, got ${got}.`,
    hint: 'Run the build again with the same `--store`: it sends the files that jobs need.',
  });
}
