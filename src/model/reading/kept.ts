import type { NodeWeights } from '../network.ts';

/** The same weights in memory of their own. @param release as of `TakeWeights` */
export function kept(weights: NodeWeights, release: () => void): NodeWeights {
  const own = new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
  release();
  return own;
}
