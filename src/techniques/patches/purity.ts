import type { ClassMean } from '../technique.ts';
import type { Candidate, Classes } from './strongest.ts';

/**
 * How far a filter stands for one kind of thing, 0 to 1.
 *
 * With classes: half the share of its patches' activations that one class has, half the class selectivity of Morcos et al. (2018),
 * (m - r) / (m + r), where m is the mean maximum of the class that excites it most and r that of all other classes. Without: the
 * same of the patches against all pictures, (p - a) / (p + a).
 *
 * @param mean of all pictures' maxima
 */
export function purity(
  patches: readonly Candidate[],
  mean: number,
  classMeans: readonly ClassMean[] | undefined,
  classes: Classes | undefined,
): number {
  const total = patches.reduce((sum, { activation }) => sum + activation, 0);
  if (total <= 0) return 0;
  if (!classes || !classMeans || classMeans.length < 2) return contrast(total / patches.length, mean);
  const shares = new Map<number, number>();
  for (const { image, activation } of patches) {
    const of = classes.of[image]!;
    if (of >= 0) shares.set(of, (shares.get(of) ?? 0) + activation / total);
  }
  return (Math.max(0, ...shares.values()) + selectivity(classMeans)) / 2;
}

function selectivity(means: readonly ClassMean[]): number {
  const sorted = means.map(({ mean }) => Math.max(mean, 0)).sort((a, b) => b - a);
  const [greatest, ...rest] = sorted;
  return contrast(greatest!, rest.reduce((sum, mean) => sum + mean, 0) / rest.length);
}

function contrast(high: number, low: number): number {
  const [a, b] = [Math.max(high, 0), Math.max(low, 0)];
  return a + b > 0 ? Math.max(0, (a - b) / (a + b)) : 0;
}
