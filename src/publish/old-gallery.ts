import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../effects.ts';
import type { PagesBefore, RenderNotes } from '../site/kept-pages.ts';
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

/** Files of the new gallery that are files of the old one. */
export interface Taken {
  /** Folders whose files are all the same: they move when the new gallery takes the old one's place. Paths from there, with forward slashes. */
  readonly moves: readonly string[];
  /** What the manifest says of the files in them. */
  readonly moved: readonly ManifestEntry[];
}

/** Files in a folder for which moving it is worth it: until all have moved, there is no gallery in its place. */
const FILES_PER_MOVE = 16;

/** The gallery that is about to be replaced: files in it that are still what was written need not be written again. */
export class OldGallery {
  readonly #taken = new Set<string>();
  readonly #linked = new Set<string>();
  #moves: ReadonlySet<string> = new Set();

  /**
   * @param paths of all files that its manifest names
   * @param sound those that hold what it says, by their paths
   */
  constructor(
    private readonly folder: string,
    private readonly paths: readonly string[],
    /** If all of it is still there as it was published. */
    readonly record: PublishedRecord | undefined,
    private readonly sound: ReadonlyMap<string, ManifestEntry>,
    private readonly stamps: readonly Stamp[],
  ) {}

  /** Of files that were taken over, once this gallery is removed. @param folder where the new one is */
  restamped(folder: string): Stamp[] {
    const [moved, others]: [Stamp[], Stamp[]] = [[], []];
    for (const stamp of this.stamps) (this.#isMoved(stamp[0]) ? moved : others).push(stamp);
    return [...moved, ...restamp(folder, others)];
  }

  /** @param notes of how its pages were rendered */
  withNotes(notes: RenderNotes): PagesBefore {
    return {
      notes,
      has: (path, sum) => this.sound.get(path)?.sha256 === sum,
      take: (path) => void this.#taken.add(path),
      read: (path) => readFileSync(join(this.folder, path)),
    };
  }

  /**
   * Has a file of the new gallery be the same file here.
   * @param sum SHA-256 that it must have, or the beginning of it
   * @returns false where it has another one
   */
  take(path: string, sum: string): boolean {
    if (!this.sound.get(path)?.sha256.startsWith(sum)) return false;
    this.#taken.add(path);
    return true;
  }

  /** Gives what was taken its names in the new gallery, but for folders that move as a whole. All else is there. */
  place(next: string): Taken {
    const moves: string[] = [];
    const placeIn = (folder: FolderOf): void => {
      for (const path of folder.files) if (this.#taken.has(path)) this.#link(path, next);
      for (const each of folder.folders.values()) {
        if (this.#movesWhole(each) && !existsSync(join(next, each.path))) moves.push(each.path);
        else placeIn(each);
      }
    };
    placeIn(treeOf(this.paths));
    this.#moves = new Set(moves);
    const moved = [...this.sound.values()].filter(({ path }) => this.#isMoved(path));
    return { moves, moved };
  }

  /** What the manifest says of a file of the new gallery that `place` put there. */
  entryOf(path: string): ManifestEntry | undefined {
    return this.#linked.has(path) ? this.sound.get(path) : undefined;
  }

  #link(path: string, next: string): void {
    if (!linkFile(join(this.folder, path), join(next, path)))
      throw new Error(
        `\`${join(this.folder, path)}\` was removed while the gallery was built. Run the build again.`,
      );
    this.#linked.add(path);
  }

  #movesWhole(folder: FolderOf): boolean {
    return folder.count >= FILES_PER_MOVE && this.#isWhole(folder);
  }

  #isWhole({ files, folders }: FolderOf): boolean {
    return (
      files.every((path) => this.#taken.has(path)) &&
      [...folders.values()].every((each) => this.#isWhole(each))
    );
  }

  #isMoved(path: string): boolean {
    for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1))
      if (this.#moves.has(path.slice(0, end))) return true;
    return false;
  }
}

/** Files by the folders that they lie in. */
interface FolderOf {
  readonly path: string;
  readonly files: string[];
  readonly folders: Map<string, FolderOf>;
  /** Of files, with those of folders in it. */
  count: number;
}

function treeOf(paths: Iterable<string>): FolderOf {
  const root: FolderOf = { path: '', files: [], folders: new Map(), count: 0 };
  for (const path of paths) {
    let folder = root;
    for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) {
      const name = path.slice(0, end);
      const inner = folder.folders.get(name) ?? { path: name, files: [], folders: new Map(), count: 0 };
      folder.folders.set(name, inner);
      folder = inner;
      folder.count++;
    }
    folder.files.push(path);
  }
  return root;
}

/** Looks at the gallery in a folder; warns of what was changed in it. */
export async function openOldGallery(real: string, store: Store, log: Logger): Promise<OldGallery> {
  const manifest = readManifest(real);
  if (!manifest) return new OldGallery(real, [], undefined, new Map(), []);
  const known = (await store.readRecord('published', keyOf(real))) as PublishedRecord | undefined;
  const isSame = known?.manifest === manifest.sha256;
  const { changed, stamps } = compare(real, manifest, isSame ? known.stamps : []);
  const paths = manifest.files.map(({ path }) => path);
  const lost = new Set(changed);
  const sound = new Map(
    manifest.files.filter(({ path }) => !lost.has(path)).map((entry) => [entry.path, entry]),
  );
  if (changed.length > 0) {
    const files = changed.length === 1 ? '1 file' : `${changed.length} files`;
    log.warn(
      `\`${real}\`: ${files} changed or removed since the build. Written again: ${listNames(changed)}.`,
    );
    return new OldGallery(real, paths, undefined, sound, stamps);
  }
  if (!isSame) return new OldGallery(real, paths, undefined, sound, stamps);
  // A build that has just ended leaves none: its files were too young.
  if (stamps.length !== known.stamps.length)
    await store.writeRecord('published', keyOf(real), { ...known, stamps });
  return new OldGallery(real, paths, known, sound, stamps);
}
