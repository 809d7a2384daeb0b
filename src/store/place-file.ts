import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { namingPath } from '../errors.ts';
import { makeFolder } from './disk.ts';

/** Copies a file, sharing its blocks where the file system can. */
export async function copyInto(source: string, target: string): Promise<void> {
  await namingPath(target, async () => {
    await makeFolder(dirname(target));
    await copyFile(source, target, constants.COPYFILE_FICLONE);
  });
}

/**
 * Gives a file a second name, replacing what is there; copies it where the two are on different file systems, or theirs gives each file one
 * name.
 */
export async function linkInto(source: string, target: string): Promise<void> {
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  await namingPath(target, async () => {
    await makeFolder(dirname(target));
    try {
      await link(source, temporary).catch(() => copyFile(source, temporary, constants.COPYFILE_FICLONE));
      await rename(temporary, target);
    } finally {
      // Two names of one file are not renamed to each other.
      await rm(temporary, { force: true });
    }
  });
}
