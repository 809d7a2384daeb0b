import { fileSize } from '../byte-size.ts';
import { listNames } from '../store/cache-folder.ts';
import { assetName, partialPrefix, rawName, recordName, NO_IMAGE } from '../store/entry-names.ts';
import type { Needed } from '../store/prune.ts';
import { joinStore } from '../store/shared/join-store.ts';
import { pruneShared } from '../store/shared/prune-shared.ts';
import type { Task } from './shell.ts';

const DAY = 24 * 60 * 60_000;
export const UNUSED_DAYS = 30;

/** Removes from the shared store what neither these experiments need nor anyone has used for some days. */
export async function cleanStore(
  { own, effects: { log }, signal }: Task,
  address: string,
  needed: Needed,
): Promise<void> {
  const days = Number(own['olderThan'] ?? UNUSED_DAYS);
  const { objects, lease, leave } = await joinStore(address, {
    ...{ command: 'clean --unused', removing: true, signal, tell: log.info },
  });
  try {
    const { files, bytes, foreign, others } = await pruneShared(
      objects,
      lease!,
      days * DAY,
      neededBy(needed),
    );
    log.info(
      `Removed ${files} entries of \`${objects.address}\` that nobody has used for ${days} days (${fileSize(bytes)}).`,
    );
    if (foreign.length > 0) {
      log.warn(
        `\`${objects.address}\` contains files that Filterscope did not write, and they are kept: ${listNames(foreign)}.`,
      );
    }
    if (others.length > 0) {
      const commands = others.map(({ command }) => `\`${command}\``).join(', ');
      log.info(`Entries in use are kept: ${commands}.`);
    }
  } finally {
    await leave();
  }
}

function neededBy({ raw, partial, records, assets }: Needed): (entry: string) => boolean {
  const names = new Set([
    ...[...raw].map(rawName),
    ...[...assets].map(assetName),
    ...[...records].map((record) => recordName(...(record.split('/') as [string, string]))),
  ]);
  const layers = new Set([...partial.layers].map(partialPrefix));
  return (entry) => {
    if (names.has(entry)) return true;
    const [folder, image, finding] = entry.split('/');
    // A few bytes that all experiments of a backend or network share.
    if (folder === 'records') return image === 'backend' || image === 'weights';
    if (folder !== 'partial') return false;
    const isOfImage = image === NO_IMAGE || partial.images.has(image!);
    return isOfImage && layers.has(finding!.split('-')[0]!);
  };
}
