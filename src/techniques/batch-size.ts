import type { LayerInfo } from '../model/network.ts';

/** Bytes that the maps of one pass may take, forwards and back. */
const BUDGET = 1.2e9;
const MOST_AT_ONCE = 8;
/** Maps that are recorded, and about as much again for what an operation works in. */
const COPIES = 2;

/** How many images of a size may go through the network together, up to a layer. */
export function batchSize(
  layers: readonly LayerInfo[],
  last: number,
  [height, width]: readonly [number, number, number],
  size: readonly [number, number],
): number {
  const scale = (size[0] * size[1]) / (height * width);
  const elements = layers
    .slice(0, last + 1)
    .reduce((sum, { outputShape }) => sum + outputShape.reduce((product, n) => product * n, 1), 0);
  return Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(BUDGET / (4 * COPIES * elements * scale))));
}
