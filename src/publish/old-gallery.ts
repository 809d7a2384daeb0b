import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../effects.ts';
import { linkFile } from '../site/link-file.ts';
import { listNames } from '../store/cache-folder.ts';
import { keyOf, type Store } from '../store/store.ts';
import { compare, readManifest, restamp, type ManifestEntry, type Stamp } from './manifest.ts';

/** What the store has recorded of the gallery in a folder. */
export interface PublishedRecord {
  /** Of all that it was made from. */
  readonly key: string;
  /** SHA-256 of its manifest. */
  readonly manifest: string;
  readonly pages: number;
  readonly stamps: readonly Stamp[];
}

/** The gallery that is about to be replaced: files in it that are still what was written need not be written again. */
export class OldGallery {
  /** @param sound its files that hold what its manifest says, by their paths */
  constructor(
    private readonly folder: string,
    /** If all of it is still there as it was published. */
    readonly record: PublishedRecord | undefined,
    private readonly sound: ReadonlyMap<string, ManifestEntry>,
    private readonly stamps: readonly Stamp[],
  ) {}

  /** Of files that were taken over, once this gallery is removed. @param folder where the new one is */
  restamped(folder: string): Stamp[] {
    return restamp(folder, this.stamps);
  }

  /** SHA-256 by paths. */
  get sums(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.sound].map(([path, { sha256 }]) => [path, sha256]));
  }

  /**
   * Gives a file of the new gallery the bytes of the same file here.
   * @param sum SHA-256 that it must have, or the beginning of it
   * @returns false where it has another one, or is not to be had
   */
  take(path: string, sum: string, next: string): boolean {
    if (!this.sound.get(path)?.sha256.startsWith(sum)) return false;
    return linkFile(join(this.folder, path), join(next, path));
  }

  /** What the manifest says of a file of the new gallery that is the same file here. */
  entryOf(path: string, next: string): ManifestEntry | undefined {
    const entry = this.sound.get(path);
    if (!entry) return undefined;
    const [old, now] = [this.folder, next].map((folder) =>
      lstatSync(join(folder, path), { bigint: true, throwIfNoEntry: false }),
    );
    return old && now && old.ino === now.ino && old.dev === now.dev ? entry : undefined;
  }
}

/** Looks at the gallery in a folder; warns of what was changed in it. */
export async function openOldGallery(real: string, store: Store, log: Logger): Promise<OldGallery> {
  const manifest = readManifest(real);
  if (!manifest) return new OldGallery(real, undefined, new Map(), []);
  const known = (await store.readRecord('published', keyOf(real))) as PublishedRecord | undefined;
  const isSame = known?.manifest === manifest.sha256;
  const { changed, stamps } = compare(real, manifest, isSame ? known.stamps : []);
  const lost = new Set(changed);
  const sound = new Map(
    manifest.files.filter(({ path }) => !lost.has(path)).map((entry) => [entry.path, entry]),
  );
  if (changed.length > 0) {
    const files = changed.length === 1 ? '1 file' : `${changed.length} files`;
    log.warn(
      `\`${real}\`: ${files} changed or removed since the build. Written again: ${listNames(changed)}.`,
    );
    return new OldGallery(real, undefined, sound, stamps);
  }
  if (!isSame) return new OldGallery(real, undefined, sound, stamps);
  // A build that has just ended leaves none: its files were too young.
  if (stamps.length !== known.stamps.length)
    await store.writeRecord('published', keyOf(real), { ...known, stamps });
  return new OldGallery(real, known, sound, stamps);
}
