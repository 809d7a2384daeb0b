import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { namingPath } from '../errors.ts';

/** False where something is there, which stays as it is. @throws WorkError that names the path */
export async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    return namingPath(path, () => Promise.reject(error));
  }
}
