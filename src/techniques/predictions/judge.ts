import type { OutputKind, Prediction, PredictionFacts } from './facts.ts';

/** A float32 in the fewest digits that give it back: reports have many of them. */
export function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** What predictions are judged by: settings, as they turned out for the network and the image. */
export interface Judging {
  readonly kind: OutputKind;
  /** Classes of the highest logits to state. */
  readonly top: number;
  /** A prediction of at least this probability is confident, one below the other unsure. */
  readonly confident: number;
  readonly unsure: number;
  /** Of `multi-label`: probability that a label is predicted from. */
  readonly threshold: number;
  /** Classes that the image's folder stands for; empty where it stands for none. */
  readonly expected: readonly number[];
}

/**
 * Softmax, computed in float64 and rounded to float32: exp(x - max) / Σ exp(x - max).
 * @param logits finite
 */
export function softmax(logits: ArrayLike<number>): Float32Array {
  const all = Array.from(logits);
  const greatest = Math.max(...all);
  const powers = all.map((logit) => Math.exp(logit - greatest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return Float32Array.from(powers, (power) => power / sum);
}

/** 1 / (1 + exp(-x)), rounded to float32. */
export const sigmoid = (logit: number): number => Math.fround(1 / (1 + Math.exp(-logit)));

/**
 * Logits of all classes: a single sigmoid unit speaks for the second of two classes as much as it speaks against the first.
 * @param outputs float32 [units]
 */
export const classLogits = (kind: OutputKind, outputs: Float32Array): Float32Array =>
  kind === 'binary' ? Float32Array.of(-outputs[0]!, outputs[0]!) : outputs;

export function probabilitiesOf(kind: OutputKind, logits: Float32Array): Float32Array | undefined {
  if (kind === 'scores') return undefined;
  return kind === 'single-label' ? softmax(logits) : Float32Array.from(logits, sigmoid);
}

/**
 * @param outputs float32 [units]: what the network gives for one image before a last softmax or sigmoid
 * @returns without names of classes
 */
export function judge(outputs: Float32Array, judging: Judging): PredictionFacts {
  const { kind, top, expected } = judging;
  const logits = classLogits(kind, outputs);
  if (!logits.every(Number.isFinite)) return { kind, predictions: [] };
  const probabilities = probabilitiesOf(kind, logits);
  // Of equal ones, the first class comes first.
  const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b);
  const of = (each: number): Prediction => ({
    class: each,
    ...(probabilities && { probability: shortest(probabilities[each]!) }),
    logit: shortest(logits[each]!),
  });
  const facts: PredictionFacts = {
    kind,
    predictions: order.slice(0, top).map(of),
    ...(expected.length > 0 && {
      expected: expected.map((each) => ({ ...of(each), rank: order.indexOf(each) + 1 })),
    }),
  };
  if (!probabilities) return facts;
  return kind === 'multi-label'
    ? { ...facts, ...judgeLabels(order, probabilities, judging) }
    : { ...facts, ...judgeClass(order[0]!, probabilities[order[0]!]!, judging) };
}

type Judgement = Pick<PredictionFacts, 'verdict' | 'certainty' | 'labels'>;

function judgeClass(predicted: number, probability: number, judging: Judging): Judgement {
  const { expected, confident, unsure } = judging;
  const verdict = expected.includes(predicted) ? 'right' : 'wrong';
  const certainty = probability >= confident ? 'confident' : probability < unsure ? 'unsure' : undefined;
  return { ...(expected.length > 0 && { verdict }), ...(certainty && { certainty }) };
}

function judgeLabels(order: readonly number[], probabilities: Float32Array, judging: Judging): Judgement {
  const { expected, confident, threshold } = judging;
  const labels = order.filter((each) => probabilities[each]! >= threshold);
  const missed = expected.filter((each) => !labels.includes(each));
  const certainty =
    labels.length === 0
      ? 'unsure'
      : // As sure of what is there, and with a label missed as sure that it is not.
        labels.every((each) => probabilities[each]! >= confident) &&
          missed.every((each) => probabilities[each]! <= 1 - confident)
        ? 'confident'
        : undefined;
  return {
    labels: labels.map((each) => ({ class: each })),
    ...(expected.length > 0 && { verdict: missed.length === 0 ? ('right' as const) : ('wrong' as const) }),
    ...(certainty && { certainty }),
  };
}
