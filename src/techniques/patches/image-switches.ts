import { PoolingSwitches } from '../../model/pooling-switches.ts';
import type { ImagePixels, Model } from '../../model/model.ts';
import type { JobSpec } from '../technique.ts';
import type { PatchesPayload } from './payload.ts';

/** Bytes that all kept switches may take: those of about 250 images of 256 x 256 in VGG16. */
const ROOM = 128 * 2 ** 20;

/**
 * Pooling switches of the images that a search has gone through, so that projections need no second pass.
 *
 * Whether a job is projected with switches depends on itself alone, not on what is known already: sums in another order have
 * other last bits, and a build that was stopped must end with the same.
 */
export class ImageSwitches {
  readonly #taken = new Map<number, PoolingSwitches>();
  /** Up to which a pass must go; -1: no job is projected with switches. */
  readonly #deepest: number;
  #bytes = 0;

  constructor(
    private readonly model: Model,
    jobs: readonly JobSpec[],
  ) {
    const serves = jobs.filter((job) => this.serves(job));
    this.#deepest = Math.max(-1, ...serves.map(({ layers }) => layers[0]!));
  }

  /** True where a job's images are few enough for the switches of all of them to be kept. */
  serves({ payload, layers, images }: JobSpec): boolean {
    if ((payload as PatchesPayload).projection !== 'deconvnet') return false;
    const size = this.model.switchesSize(layers[0]!);
    return size !== undefined && size * images.length <= ROOM;
  }

  /** An empty one for an image's pass, as the search makes it; undefined where there is no use for it. */
  begin(): PoolingSwitches | undefined {
    return this.#deepest >= 0 ? new PoolingSwitches() : undefined;
  }

  /** Ignores undefined, and switches for which there is no room. */
  keep(image: number, switches: PoolingSwitches | undefined): void {
    if (!switches || this.#bytes + switches.bytes > ROOM) return;
    this.#taken.set(image, switches);
    this.#bytes += switches.bytes;
  }

  /** That of an image; made here where the search made none, since it had been done before. */
  of(image: number, pixels: ImagePixels, layer: number): PoolingSwitches {
    const known = this.#taken.get(image);
    if (known?.reaches(layer)) return known;
    const switches = new PoolingSwitches();
    const input = this.model.input(pixels);
    const outputs = this.model.forward(input, [Math.max(layer, this.#deepest)], switches);
    for (const tensor of [input, ...outputs]) tensor.dispose();
    this.keep(image, switches);
    return switches;
  }
}
