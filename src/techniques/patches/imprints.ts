import { Imprint } from '../../model/imprint.ts';
import type { ImagePixels, Model } from '../../model/model.ts';
import type { JobSpec } from '../technique.ts';
import type { PatchesPayload } from './payload.ts';

/** Bytes that imprints may take in all: those of about 250 pictures of 256 x 256 in VGG16. */
const ROOM = 128 * 2 ** 20;

/**
 * Imprints of the pictures that a search has passed over, so that projections need no second pass.
 *
 * Whether a job is projected by imprints depends on itself alone, not on what is known already: sums in another order have
 * other last bits, and a build that was stopped must end with the same.
 */
export class Imprints {
  readonly #taken = new Map<number, Imprint>();
  /** Up to which a pass must go; -1: no job is projected by imprints. */
  readonly #deepest: number;
  #bytes = 0;

  constructor(
    private readonly model: Model,
    jobs: readonly JobSpec[],
  ) {
    const serves = jobs.filter((job) => this.serves(job));
    this.#deepest = Math.max(-1, ...serves.map(({ layers }) => layers[0]!));
  }

  /** True where a job's pictures are few enough that imprints of all of them can be kept. */
  serves({ payload, layers, images }: JobSpec): boolean {
    if ((payload as PatchesPayload).projection !== 'deconvnet') return false;
    const size = this.model.imprintSize(layers[0]!);
    return size !== undefined && size * images.length <= ROOM;
  }

  /** An empty one for a picture's pass, as the search makes it; undefined where there is no use for it. */
  begin(): Imprint | undefined {
    return this.#deepest >= 0 ? new Imprint() : undefined;
  }

  /** Undefined imprints are ignored, and so are those for which there is no room. */
  keep(image: number, imprint: Imprint | undefined): void {
    if (!imprint || this.#bytes + imprint.bytes > ROOM) return;
    this.#taken.set(image, imprint);
    this.#bytes += imprint.bytes;
  }

  /** That of a picture; made here where the search made none, since it had been done before. */
  of(image: number, pixels: ImagePixels, layer: number): Imprint {
    const known = this.#taken.get(image);
    if (known?.reaches(layer)) return known;
    const imprint = new Imprint();
    const input = this.model.input(pixels);
    const outputs = this.model.forward(input, [Math.max(layer, this.#deepest)], imprint);
    for (const tensor of [input, ...outputs]) tensor.dispose();
    this.keep(image, imprint);
    return imprint;
  }
}
