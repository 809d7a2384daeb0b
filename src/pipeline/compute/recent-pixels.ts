import type { ImagePixels } from '../../model/model.ts';

/**
 * Pixels of images, of which the last asked for are kept: jobs that look at the same images one after another have each
 * decoded once. Every answer is a copy, so that no caller changes another's.
 */
export class RecentPixels {
  /** The one asked for longest ago comes first. */
  readonly #kept = new Map<number, ImagePixels>();
  readonly #loading = new Map<number, Promise<ImagePixels>>();
  #bytes = 0;

  /** @param limit of what is kept, in bytes */
  constructor(
    private readonly load: (image: number) => Promise<ImagePixels>,
    private readonly limit: number,
  ) {}

  /** @throws what `load` throws; the image is loaded again when it is next asked for */
  async of(image: number): Promise<ImagePixels> {
    const pixels = this.#kept.get(image) ?? (await this.#loaded(image));
    this.#forget(image);
    this.#kept.set(image, pixels);
    this.#bytes += pixels.data.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.limit) break;
      this.#forget(oldest);
    }
    return { ...pixels, data: pixels.data.slice() };
  }

  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #loaded(image: number): Promise<ImagePixels> {
    const already = this.#loading.get(image);
    if (already) return already;
    const loading = this.load(image).finally(() => this.#loading.delete(image));
    this.#loading.set(image, loading);
    return loading;
  }

  #forget(image: number): void {
    this.#bytes -= this.#kept.get(image)?.data.length ?? 0;
    this.#kept.delete(image);
  }
}
