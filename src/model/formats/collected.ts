import type { NodeWeights, TakeWeights, Weights } from '../network.ts';

/** Reads weights node by node. @returns those that nobody takes */
export async function collected(
  take: TakeWeights | undefined,
  read: (take: TakeWeights) => void | Promise<void>,
): Promise<Weights> {
  const weights = new Map<string, NodeWeights>();
  await read(take ?? ((node, own) => weights.set(node, own)));
  return weights;
}
