import type { FileHandle } from 'node:fs/promises';
import { UnreadableFile } from './unreadable-file.ts';
import type { NumberStorage } from './stored-tensor.ts';

/** Bytes of a file, none of them missing. @throws UnreadableFile where the file ends before */
export async function readPart(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await file.read(bytes, at, length - at, start + at);
    if (bytesRead === 0) throw new UnreadableFile('It is cut off.');
    at += bytesRead;
  }
  return bytes;
}

/** A part of a file as it stands there. */
export function partOf(file: FileHandle, start: number, bytes: number): NumberStorage {
  return { bytes, read: (from, end) => readPart(file, start + from, end - from) };
}
