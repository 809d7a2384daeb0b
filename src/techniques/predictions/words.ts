import type { Facts } from '../technique.ts';
import type { Prediction, PredictionFacts } from './facts.ts';

/** As `compute` gives them. */
interface ComputedFacts extends PredictionFacts {
  readonly names?: readonly string[];
}

/** With the names of classes, where they are known. */
export function nameClasses(
  facts: Facts,
  _idOf: (position: number) => string,
  classes: readonly string[] | undefined,
): Facts {
  const { names, ...found } = facts as unknown as ComputedFacts;
  const known = found.kind === 'binary' ? names : classes;
  const named = <T extends { readonly class: number }>(one: T): T => {
    const name = known?.[one.class];
    return name === undefined ? one : { ...one, name };
  };
  return {
    ...found,
    predictions: found.predictions.map(named),
    ...(found.expected && { expected: found.expected.map(named) }),
    ...(found.labels && { labels: found.labels.map(named) }),
  };
}

/** In few words, for the figure: `wheel 98 %`. */
export function describePrediction({ kind, predictions: found, labels }: PredictionFacts): string {
  const [first] = found;
  if (!first) return 'not a number';
  if (kind === 'scores' && found.length === 1) return formatLogit(first.logit);
  if (kind !== 'multi-label') return describeClass(first);
  return labels!.length === 0 ? 'no class' : labels!.map(nameOf).join(', ');
}

const nameOf = ({
  class: index,
  name,
}: {
  readonly class: number;
  readonly name?: string | undefined;
}): string => name ?? `class ${index}`;

const describeClass = (one: Prediction): string =>
  `${nameOf(one)} ${one.probability === undefined ? formatLogit(one.logit) : `${Math.round(100 * one.probability)} %`}`;

const formatLogit = (logit: number): string => String(Number(logit.toPrecision(3)));
