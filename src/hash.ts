import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** Hex SHA-256. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

export interface FileSums {
  readonly sha256: string;
  /** Where it was asked for: it takes twice as long as the other. */
  readonly md5?: string;
}

const PIECE = 2 ** 20;
/** Pieces that no file is being read into. */
const spare: (readonly [Uint8Array, Uint8Array])[] = [];

/** Hex sums of a file, read piece by piece: weight files may be larger than memory should hold. */
export async function hashFile(path: string, { md5: wantsMd5 = false } = {}): Promise<FileSums> {
  const sha256 = createHash('sha256');
  const md5 = wantsMd5 ? createHash('md5') : undefined;
  // The same two pieces of memory for all: a stream would leave as much behind as the file is large. One is read while the other is hashed.
  const pieces = spare.pop() ?? ([new Uint8Array(PIECE), new Uint8Array(PIECE)] as const);
  const file = await open(path, 'r');
  try {
    const read = (piece: Uint8Array) => file.read(piece, 0, piece.length);
    let reading = read(pieces[0]);
    for (;;) {
      const { bytesRead, buffer } = await reading;
      if (bytesRead === 0) break;
      reading = read(buffer === pieces[0] ? pieces[1] : pieces[0]);
      const part = buffer.subarray(0, bytesRead);
      sha256.update(part);
      md5?.update(part);
    }
    spare[0] = pieces;
  } finally {
    await file.close();
  }
  return { sha256: sha256.digest('hex'), ...(md5 && { md5: md5.digest('hex') }) };
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
