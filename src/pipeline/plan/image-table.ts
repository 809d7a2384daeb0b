import { identify } from '../../file-notes.ts';
import type { ImagesSpec } from '../../schema/experiment.ts';
import { keyOf } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import type { Fitting } from './fitting.ts';

/** What was found of one image: that it can be read, with its file among the store's assets once there is one, or why it cannot be used. */
export type ImageRecord = { readonly asset?: string } | { readonly reason: string };

interface TableRecord {
  /** By absolute path: what tells the file from every other state of it, and the SHA-256 of its content. */
  readonly files: Readonly<Record<string, readonly [identity: string, content: string]>>;
  /** By the image's key. */
  readonly images: Readonly<Record<string, ImageRecord>>;
}

/**
 * What was found of an image set's files in earlier runs, in one record: a set of thousands that has not changed is planned by one read, and one
 * look at each file's size and times.
 */
export class ImageTable {
  readonly #files = new Map<string, readonly [identity: string, content: string]>();
  readonly #images = new Map<string, ImageRecord>();
  #isChanged = false;

  private constructor(
    private readonly store: Store,
    private readonly key: string,
    private readonly before: TableRecord,
  ) {}

  /** Of the images that a file's `images` lists, fitted to a network's input. */
  static async open(store: Store, { sources }: ImagesSpec, fitting: Fitting): Promise<ImageTable> {
    const key = keyOf(['image-table', sources, fitting]);
    const found = (await store.readRecord('images', key)) as TableRecord | undefined;
    return new ImageTable(store, key, found ?? { files: {}, images: {} });
  }

  /** SHA-256 of a file's content, where it is known and the file is still the same. */
  contentOf(path: string): string | undefined {
    const known = this.#files.get(path) ?? own(this.before.files, path);
    if (!known || identify(path, Infinity) !== known[0]) return undefined;
    this.#files.set(path, known);
    return known[1];
  }

  /** @param since when the file was not yet read, in milliseconds since 1970 */
  addFile(path: string, content: string, since: number): void {
    const identity = identify(path, since);
    if (identity === undefined) return;
    this.#files.set(path, [identity, content]);
    this.#isChanged = true;
  }

  imageOf(key: string): ImageRecord | undefined {
    const known = this.#images.get(key) ?? own(this.before.images, key);
    if (known) this.#images.set(key, known);
    return known;
  }

  addImage(key: string, record: ImageRecord): void {
    this.#images.set(key, record);
    this.#isChanged = true;
  }

  /** Keeps what was asked for or added, where that is news. */
  async save(): Promise<void> {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    const table: TableRecord = {
      files: Object.fromEntries(this.#files),
      images: Object.fromEntries(this.#images),
    };
    await this.store.writeRecord('images', this.key, table);
  }
}

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
