import type { Objective } from '../../optim/objective.ts';
import { scoreOf } from './scoring.ts';
import type { Input, Scoring } from './scoring.ts';

/**
 * Scores of `count` inputs, by input, then by objective.
 * @param fill writes the input at an index into an array of zeros
 */
export async function scoresOf(
  scoring: Scoring,
  objectives: readonly Objective[],
  shape: Input['shape'],
  count: number,
  fill: (index: number, into: Float32Array) => void,
): Promise<readonly (readonly number[])[]> {
  const scores: number[][] = [];
  for await (const output of scoring.outputs(shape, count, fill)) {
    scores.push(objectives.map((objective) => scoreOf(output, scoring.outputShape, objective)));
  }
  return scores;
}
