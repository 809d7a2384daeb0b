import { channelObjective } from '../../optim/objective.ts';
import type { Objective } from '../../optim/objective.ts';
import { softmax } from './perturbation.ts';
import type { AttributionPayload, Target } from './payload.ts';
import type { Scoring } from './scoring.ts';

/** A target for one image. */
export interface ResolvedTarget {
  readonly kind: Target['kind'];
  readonly scoring: Scoring;
  readonly objective: Objective;
  readonly unit: number;
  /** Of a difference: the unit whose score is taken away. */
  readonly against?: number;
  readonly score: number;
  readonly probability?: number;
  /** The class that the map is compared with. */
  readonly other?: { readonly unit: number; readonly objective: Objective };
}

/** Which classes a target means for an image with these logits. */
export function resolveTarget(
  target: Exclude<Target, { kind: 'unit' }>,
  scoring: Scoring,
  logits: Float32Array,
  activation: AttributionPayload['activation'],
): ResolvedTarget {
  const predicted = greatest(logits);
  const all = probabilities(logits, activation);
  if (target.kind === 'difference') {
    const against = target.unit;
    const objective: Objective = {
      channels: [
        { channel: predicted, weight: 1 },
        { channel: against, weight: -1 },
      ],
      where: 'mean',
    };
    const score = logits[predicted]! - logits[against]!;
    return { ...{ kind: 'difference', scoring, objective, unit: predicted, against, score } };
  }
  const unit = target.kind === 'predicted' ? predicted : target.unit;
  const other = logits.length > 1 ? greatest(logits, unit) : undefined;
  return {
    ...{ kind: target.kind, scoring, objective: channelObjective(unit), unit },
    ...{ score: logits[unit]!, probability: all[unit]! },
    ...(other === undefined ? {} : { other: { unit: other, objective: channelObjective(other) } }),
  };
}

/** The first of the greatest values, but for one; 0 where none is a number. */
function greatest(values: Float32Array, except?: number): number {
  let found = -1;
  for (const [index, value] of values.entries()) {
    if (index === except || Number.isNaN(value)) continue;
    if (found < 0 || value > values[found]!) found = index;
  }
  return Math.max(found, 0);
}

/** Of logits; without an activation at the end of the network, softmax is what turns them into probabilities. */
export function probabilities(
  logits: Float32Array,
  activation: AttributionPayload['activation'],
): readonly number[] {
  if (activation === 'sigmoid' || logits.length === 1) {
    return Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
  }
  return softmax([...logits]);
}
