import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileSize } from '../byte-size.ts';
import { shortageOf } from '../errors.ts';
import { ImageError } from './image-error.ts';
import { describeNonFile, describeReadError } from './walk.ts';

/** Larger files are refused unread. */
export const MAX_BYTES = 200e6;

/**
 * The content of an image file. Never waits for a pipe or reads on without end: only regular files are read, and of
 * those as many bytes as they have when they are opened.
 *
 * @param path absolute
 * @throws ImageError where it is gone, may not be read, is too large or no file
 * @throws WorkError where too many other files are open
 */
export async function readImageFile(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new ImageError(describeNonFile(found));
      if (found.size > MAX_BYTES) throw tooLarge(found.size);
      const bytes = new Uint8Array(found.size);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, null);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof ImageError) throw error;
    const shortage = shortageOf(error, path);
    if (shortage) throw shortage;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new ImageError('The file does not exist.', error);
    // The code for a socket, or a device without a driver.
    if (code === 'ENXIO') throw new ImageError('The path is a socket or a device, not a file.', error);
    throw new ImageError(`The file ${describeReadError(error)}.`, error);
  }
}

export const tooLarge = (bytes: number) =>
  new ImageError(`The file has ${fileSize(bytes)}. The limit for an image file is ${fileSize(MAX_BYTES)}.`);
