import type { ClassMean } from './facts.ts';
import type { Candidate, Classes } from './strongest.ts';

/** How far a filter stands for one kind of thing. */
export interface Purity {
  /** 0 to 1 */
  readonly purity: number;
  /** The class that most of its patches' activations are of. */
  readonly leading?: string;
}

/**
 * With classes: half the share of its patches' activations that the leading class has, half that class's selectivity, (m - r) /
 * (m + r), where m is the filter's mean maximum over images of that class and r over those of all others, class by class
 * (Morcos et al. 2018). Without: the same of its patches against all images, (p - a) / (p + a).
 *
 * @param mean of all images' maxima
 */
export function purityOf(
  patches: readonly Candidate[],
  mean: number,
  classMeans: readonly ClassMean[] | undefined,
  classes: Classes | undefined,
): Purity {
  const total = patches.reduce((sum, { activation }) => sum + activation, 0);
  if (total <= 0) return { purity: 0 };
  if (!classes || !classMeans || classMeans.length < 2) {
    return { purity: contrast(total / patches.length, mean) };
  }
  const shares = new Map<string, number>();
  for (const { image, activation } of patches) {
    const name = classes.names[classes.of[image]!];
    if (name !== undefined) shares.set(name, (shares.get(name) ?? 0) + activation / total);
  }
  const [first] = [...shares].sort(([, a], [, b]) => b - a);
  if (!first) return { purity: 0 };
  const [leading, share] = first;
  const others = classMeans.filter((one) => one.class !== leading);
  const own = classMeans.find((one) => one.class === leading)!.mean;
  const rest = others.reduce((sum, one) => sum + Math.max(one.mean, 0), 0) / others.length;
  return { purity: (share + contrast(own, rest)) / 2, leading };
}

function contrast(high: number, low: number): number {
  const [a, b] = [Math.max(high, 0), Math.max(low, 0)];
  return a + b > 0 ? Math.max(0, (a - b) / (a + b)) : 0;
}

const LAST = Number.MAX_SAFE_INTEGER;

/**
 * The purest first, but of each leading class in turn: the purest filter of every class, then the second of every class, and so on,
 * so that many filters for the same thing do not hide the others. Equal ones stay in order.
 */
export function purestFirst<T extends Purity>(filters: readonly T[]): readonly T[] {
  const sorted = [...filters].sort((a, b) => b.purity - a.purity);
  const seen = new Map<string | undefined, number>();
  const turns = sorted.map((one) => {
    if (one.purity === 0) return { one, turn: LAST }; // silent, or of no kind
    const turn = one.leading === undefined ? 0 : (seen.get(one.leading) ?? 0);
    seen.set(one.leading, turn + 1);
    return { one, turn };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ one }) => one);
}
