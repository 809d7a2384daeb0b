import { isAbsolute, relative } from 'node:path';

/** An absolute path as a user in this folder would type it. */
export function displayPath(path: string): string {
  const fromHere = relative(process.cwd(), path) || '.';
  return isAbsolute(fromHere) || fromHere.length >= path.length ? path : fromHere;
}
