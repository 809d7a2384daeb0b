import { activationOperators } from './activation.ts';
import { convolutionOperators } from './convolution.ts';
import { einsumOperators } from './einsum.ts';
import { elementwiseOperators } from './elementwise.ts';
import { linearOperators } from './linear.ts';
import { normalizationOperators } from './normalization.ts';
import type { Operator } from './operator.ts';
import { orderingOperators } from './ordering.ts';
import { poolingOperators } from './pooling.ts';
import { quantizedOperators } from './quantized.ts';
import { reductionOperators } from './reduction.ts';
import { resizeOperators } from './resize.ts';
import { shapeOperators } from './shape.ts';

/** By name; operators of other domains than ONNX' own have theirs in front. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  [
    ...[convolutionOperators, poolingOperators, linearOperators, activationOperators],
    ...[elementwiseOperators, normalizationOperators, reductionOperators],
    ...[einsumOperators, orderingOperators],
    ...[shapeOperators, resizeOperators, quantizedOperators],
  ].flatMap((group) => Object.entries(group)),
);
