import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** Hex SHA-256. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

export interface FileSums {
  readonly sha256: string;
  readonly md5: string;
}

/** Hex sums of a file, read piece by piece: weight files may be larger than memory should hold. */
export async function hashFile(path: string): Promise<FileSums> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    sha256.update(chunk as Buffer);
    md5.update(chunk as Buffer);
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex') };
}

/** Hex SHA-256 of a file, read piece by piece. */
export async function hashFileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Hex SHA-256 of a JSON value. */
export function hashJson(value: unknown): string {
  return sha256(JSON.stringify(value));
}
