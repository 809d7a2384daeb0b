/** A filter and how like it is, -1..1. */
export interface Nearest {
  readonly filter: number;
  readonly cosine: number;
}

/** Images whose maxima are kept: enough to compare filters by, and little memory where there are a million. */
const MOST_IMAGES = 4096;
const MOST_NEAREST = 6;

/** The maxima of all filters of a layer over images, to find which filters are alike. */
export class Maxima {
  readonly #rows: Float32Array[] = [];
  readonly #share: number;
  #norms: Float64Array | undefined;

  /** @param images how many will be added */
  constructor(images: number) {
    this.#share = Math.min(1, MOST_IMAGES / images);
  }

  /** @param max float32 [filters]: of the image at this position; copied */
  add(position: number, max: Float32Array): void {
    const isChosen = Math.floor((position + 1) * this.#share) > Math.floor(position * this.#share);
    if (isChosen) this.#rows.push(max.slice());
  }

  /**
   * The filters most like one, nearest first: by the cosine of their maxima over the images. Equal ones stay in order; a filter that is zero
   * everywhere is like none, and so is one with values that are not finite. Undefined with fewer than two images.
   */
  nearestTo(filter: number): readonly Nearest[] | undefined {
    if (this.#rows.length < 2) return undefined;
    this.#norms ??= this.#measure();
    const norms = this.#norms;
    const products = new Float64Array(norms.length);
    for (const row of this.#rows) {
      const own = row[filter]!;
      if (own === 0) continue;
      for (let other = 0; other < products.length; other++) products[other]! += own * row[other]!;
    }
    const found: Nearest[] = [];
    for (let other = 0; other < products.length; other++) {
      const cosine = products[other]! / (norms[filter]! * norms[other]!);
      if (other !== filter && Number.isFinite(cosine)) found.push({ filter: other, cosine: rounded(cosine) });
    }
    return found.sort((a, b) => b.cosine - a.cosine || a.filter - b.filter).slice(0, MOST_NEAREST);
  }

  #measure(): Float64Array {
    const squares = new Float64Array(this.#rows[0]!.length);
    for (const row of this.#rows) {
      for (let filter = 0; filter < squares.length; filter++) squares[filter]! += row[filter]! ** 2;
    }
    return squares.map(Math.sqrt);
  }
}

/** Four digits: more would differ between backends. */
const rounded = (cosine: number): number => Math.round(cosine * 1e4) / 1e4;
