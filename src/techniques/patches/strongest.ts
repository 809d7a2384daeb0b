import type { Peaks } from '../reduce-map.ts';
import type { Scanned } from '../scan.ts';
import type { ClassMean, Histogram } from './facts.ts';
import { GrowingHistogram } from './histogram.ts';

/** A place that excites a filter. */
export interface Candidate {
  /** Position in the job's images. */
  readonly image: number;
  /** y·width + x in the layer's map. */
  readonly place: number;
  readonly activation: number;
}

/** Stronger ones first; of equal ones the earlier image, then the place further up, then further left. */
export function byStrength(a: Candidate, b: Candidate): number {
  return b.activation - a.activation || a.image - b.image || a.place - b.place;
}

/** The strongest candidates of all that came, in order. */
export class Strongest {
  readonly #kept: Candidate[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** What is not above zero excites nothing, and NaN is no strength. */
  add(candidate: Candidate): void {
    const kept = this.#kept;
    if (!(candidate.activation > 0) || candidate.activation === Infinity) return;
    if (kept.length === this.#most && byStrength(candidate, kept.at(-1)!) > 0) return;
    let at = kept.length;
    while (at > 0 && byStrength(candidate, kept[at - 1]!) < 0) at -= 1;
    kept.splice(at, 0, candidate);
    kept.length = Math.min(kept.length, this.#most);
  }

  list(): readonly Candidate[] {
    return this.#kept;
  }
}

/** Classes of the job's images: position in `names` for each, -1 for none. */
export interface Classes {
  readonly names: readonly string[];
  readonly of: readonly number[];
}

/** All that is kept of one filter while the images pass by. */
export class FilterRecord {
  /** Strongest place of each image among those whose field lies in the image, and among the others. */
  readonly inner: Strongest;
  readonly outer: Strongest;
  readonly #histogram = new GrowingHistogram();
  readonly #sums: Float64Array;
  readonly #counts: Uint32Array;
  /** Sum of all images' maxima, and how many there are. */
  #total = 0;
  #pictures = 0;
  #finite = true;

  constructor(
    top: number,
    private readonly classes: Classes | undefined,
  ) {
    this.inner = new Strongest(top);
    this.outer = new Strongest(top);
    this.#sums = new Float64Array(classes?.names.length ?? 0);
    this.#counts = new Uint32Array(classes?.names.length ?? 0);
  }

  /** @param image position in the job's images */
  add(image: number, filter: number, scanned: Scanned): void {
    const candidate = ({ max, place }: Peaks): Candidate => ({
      image,
      place: place[filter]!,
      activation: max[filter]!,
    });
    this.inner.add(candidate(scanned.inner));
    this.outer.add(candidate(scanned.outer));
    const value = scanned.max[filter]!;
    if (!Number.isFinite(value) || !Number.isFinite(scanned.mean[filter]!)) this.#finite = false;
    if (!Number.isFinite(value)) return;
    this.#histogram.add(value);
    this.#total += value;
    this.#pictures += 1;
    const of = this.classes?.of[image] ?? -1;
    if (of < 0) return;
    this.#sums[of]! += value;
    this.#counts[of]! += 1;
  }

  /** False where some value of the filter was NaN or infinite. */
  get finite(): boolean {
    return this.#finite;
  }

  get maxima(): Histogram | undefined {
    return this.#histogram.read();
  }

  /** Mean of the images' maxima. */
  get mean(): number {
    return this.#pictures > 0 ? this.#total / this.#pictures : 0;
  }

  get images(): number {
    return this.#pictures;
  }

  /** Mean of the images' maxima by class; undefined where images have none. */
  get classMeans(): readonly ClassMean[] | undefined {
    return this.classes?.names.flatMap((name, index): ClassMean[] => {
      const count = this.#counts[index]!;
      return count > 0 ? [{ class: name, mean: this.#sums[index]! / count, count }] : [];
    });
  }
}

/** What to show of a filter's candidates. */
export interface Choice {
  readonly top: number;
  readonly onePerImage: boolean;
  /** `avoid`: places whose receptive field reaches outside the image only where there are too few others. */
  readonly border: 'avoid' | 'allow';
}

/** The strongest of two lists, `top` in all, strongest first. */
export function choose(
  inner: readonly Candidate[],
  outer: readonly Candidate[],
  { top, onePerImage, border }: Choice,
): readonly Candidate[] {
  const first = border === 'avoid' ? inner : [...inner, ...outer].sort(byStrength);
  const chosen: Candidate[] = [];
  const shown = new Set<number>();
  for (const candidate of [...first, ...(border === 'avoid' ? outer : [])]) {
    if (chosen.length === top) break;
    if (onePerImage && shown.has(candidate.image)) continue;
    shown.add(candidate.image);
    chosen.push(candidate);
  }
  return chosen.sort(byStrength);
}

/** Of the same two lists: what `border: avoid` leaves out, strongest first; nothing where the border is allowed. */
export function leftOutBy(
  inner: readonly Candidate[],
  outer: readonly Candidate[],
  choice: Choice,
): readonly Candidate[] {
  const shown = new Set(choose(inner, outer, choice));
  return choose(inner, outer, { ...choice, border: 'allow' }).filter((candidate) => !shown.has(candidate));
}
