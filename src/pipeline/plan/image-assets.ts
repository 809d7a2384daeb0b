import pLimit from 'p-limit';
import { asBitmap } from '../../image/bitmap.ts';
import { encodeWebp } from '../../image/encode.ts';
import type { ImagePixels } from '../../model/model.ts';
import type { Store } from '../../store/store.ts';
import type { ImageRecord, ImageTable } from './image-table.ts';

interface KnownImage {
  readonly key: string;
  /** Unless it was never encoded. */
  readonly asset?: string | undefined;
}

interface Sources {
  readonly store: Store;
  readonly table: ImageTable;
  readonly decode: (image: number) => Promise<ImagePixels>;
}

/** Images that are looked for, or decoded and encoded, at a time. */
const AT_A_TIME = 8;

/**
 * Images as the network sees them, as files: encoding takes several times as long as decoding, and to plan none is needed. They are encoded when
 * their pixels are at hand, or at last when a report shows them.
 */
export class ImageAssets {
  readonly #names = new Map<number, Promise<string>>();

  constructor(
    private readonly images: readonly KnownImage[],
    private readonly sources: Sources,
  ) {}

  /** Encodes an image whose pixels are at hand, where that was not done before. */
  async keep(image: number, pixels: ImagePixels): Promise<void> {
    await this.#nameOf(image, () => Promise.resolve(pixels));
  }

  /** Names among the store's assets. */
  async all(): Promise<readonly string[]> {
    const someAtOnce = pLimit(AT_A_TIME);
    const names = this.images.map((_, image) =>
      someAtOnce(() => this.#nameOf(image, () => this.sources.decode(image))),
    );
    await Promise.allSettled(names);
    const found = await Promise.all(names);
    await this.sources.table.save();
    return found;
  }

  #nameOf(image: number, pixels: () => Promise<ImagePixels>): Promise<string> {
    const known = this.#names.get(image);
    if (known) return known;
    const name = this.#findOrEncode(image, pixels);
    this.#names.set(image, name);
    // Another attempt may find the disk mended.
    name.catch(() => this.#names.delete(image));
    return name;
  }

  async #findOrEncode(image: number, pixels: () => Promise<ImagePixels>): Promise<string> {
    const { store, table } = this.sources;
    const { key, asset } = this.images[image]!;
    const isThere = async (name: string | undefined): Promise<boolean> =>
      name !== undefined && (await store.assetSize(name)) !== undefined;
    if (await isThere(asset)) return asset!;
    // Another experiment may show it, too.
    const record = (await store.readRecord('image', key)) as ImageRecord | undefined;
    const found = record && 'asset' in record ? record.asset : undefined;
    if (await isThere(found)) {
      table.addImage(key, { asset: found! });
      return found!;
    }
    const encoded = await store.putAsset(await encodeWebp(asBitmap(await pixels())), 'webp');
    await store.writeRecord('image', key, { asset: encoded } satisfies ImageRecord);
    table.addImage(key, { asset: encoded });
    return encoded;
  }
}
