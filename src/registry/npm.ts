import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What makes npm put the archive of exactly this version into a folder; no script in it is run. */
export function npmPack(packageAndVersion: string, folder: string): readonly string[] {
  return [
    ...['pack', packageAndVersion, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error'],
    // npm waits for a minute and longer where there is no network, otherwise.
    ...['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=60000'],
    ...['--no-update-notifier', '--no-progress'],
  ];
}

/** Absolute path of the archive that came. */
export async function archiveIn(folder: string): Promise<string | undefined> {
  const file = (await readdir(folder).catch(() => [])).find((name) => name.endsWith('.tgz'));
  return file === undefined ? undefined : join(folder, file);
}
