import { constants, copyFileSync, linkSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Gives a file a second name, or copies it where the file system has one name for each. At once: a gallery has thousands of files, and a thread
 * would take several times as long for each.
 * @returns false where it is not to be had
 */
export function linkFile(source: string, target: string): boolean {
  if (isDone(() => linkSync(source, target))) return true;
  mkdirSync(dirname(target), { recursive: true });
  return (
    isDone(() => linkSync(source, target)) ||
    isDone(() => copyFileSync(source, target, constants.COPYFILE_FICLONE))
  );
}

function isDone(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
