/** What reading one model file may take. A sound file needs a small part of it. */

const MEGABYTE = 2 ** 20;

/** Milliseconds: 4 s, and a second more for every 10 MB. From disk, 59 MB are read in a quarter of a second. */
export function timeLimit(fileBytes: number): number {
  return 4000 + fileBytes / 10_000;
}

/** A computer that is busy with other things gives this process less time: so many times the limit is waited for. */
export const PATIENCE = 5;

/** Bytes that the HDF5 library may hold at once: 256 MB and twice the file. It reads a large array piece by piece. */
export function libraryMemory(fileBytes: number): number {
  return 256 * MEGABYTE + 2 * fileBytes;
}

/** Bytes of all arrays that are read from a file, unpacked: weights hardly compress. */
export function unpackedLimit(fileBytes: number): number {
  return Math.max(64 * MEGABYTE, 100 * fileBytes);
}

/** Megabytes of JavaScript values: what a description of the greatest length that is read can come to. */
export const VALUES_MEGABYTES = 512;

/** Megabytes of new values before JavaScript looks which of them are used. It takes 48 by default, which come on top of the weights. */
export const YOUNG_MEGABYTES = 6;

/** Bytes of a model's description as JSON. That of 10,000 layers takes about 15 MB. */
export const MAX_DESCRIPTION = 32 * MEGABYTE;

/** In a description. Models are nested 16 deep at most, and each nests its values about six deep. */
export const MAX_NESTING = 256;

/** Groups of an HDF5 file that are looked into; links may lead in circles. */
export const MAX_GROUPS = 50_000;
