import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ArchiveError, checkEntry, MAX_FILE_BYTES } from './archive.ts';
import { readTarGz } from './tar.ts';

/**
 * Unpacks files of an npm package. Nothing is executed, and links are refused.
 *
 * @param to folder that the files go to, without the archive's own top folder; nothing is written elsewhere
 * @param keep which files, by their paths in the package with forward slashes
 * @returns how many files there were
 * @throws ArchiveError where the archive is damaged or hostile
 */
export async function unpackNpm(
  archive: string,
  to: string,
  keep: (path: string) => boolean,
): Promise<number> {
  let count = 0;
  for await (const { name, kind, bytes, data } of readTarGz(archive)) {
    checkEntry(name, kind);
    const path = name.replace(/^\.\//, '').replace(/^[^/]*\//, '');
    if (kind !== 'file' || !keep(path)) continue;
    if (bytes > MAX_FILE_BYTES) throw new ArchiveError(`\`${path}\` is too large.`);
    const target = join(to, path);
    await mkdir(dirname(target), { recursive: true });
    const file = await open(target, 'wx');
    try {
      for await (const chunk of data) await file.writeFile(chunk);
    } finally {
      await file.close();
    }
    count += 1;
  }
  return count;
}

/** As npm's lock files state it: `sha512-` and the digest in base64. */
export async function integrityOf(file: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return `sha512-${hash.digest('base64')}`;
}
