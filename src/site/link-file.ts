import { constants, copyFile, link, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Gives a file a second name, or copies it where the file system has one name for each.
 * @returns false where it is not to be had
 */
export async function linkFile(source: string, target: string): Promise<boolean> {
  await mkdir(dirname(target), { recursive: true });
  try {
    await link(source, target);
    return true;
  } catch {
    return copyFile(source, target, constants.COPYFILE_FICLONE).then(
      () => true,
      () => false,
    );
  }
}
