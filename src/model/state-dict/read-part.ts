import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { UnreadableFile } from './unreadable-file.ts';
import type { NumberStorage } from './stored-tensor.ts';

/** Bytes of a file, none of them missing. @throws UnreadableFile where the file ends before */
export function readPart(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  return fillPart(file, start, bytes).then(() => bytes);
}

/** A part of a file as it stands there. */
export function partOf(file: FileHandle, start: number, bytes: number): NumberStorage {
  return { bytes, fill: (target, from) => fillPart(file, start + from, target) };
}

/** Model files have a thread of their own, which has nothing else to do meanwhile. */
async function fillPart({ fd }: FileHandle, start: number, target: Uint8Array): Promise<void> {
  for (let at = 0; at < target.length;) {
    const count = readSync(fd, target, at, target.length - at, start + at);
    if (count === 0) throw new UnreadableFile('It is cut off.');
    at += count;
  }
}
