import type { LayerInfo } from '../../model/network.ts';

/** Sides in pixels. */
const LEAST = 64;
const LEAST_OF_A_NEURON = 32;
const MOST = 224;
const STEP = 16;

/**
 * Height and width that a dream is made at where none is asked for: twice the layer's receptive field, so that what a filter
 * looks for fits in more than once, or for a single neuron little more than the field itself. No larger than the network's
 * input, and exactly that where the layer sees all of it.
 */
export function dreamSize(
  { receptiveField }: LayerInfo,
  [height, width]: readonly [number, number, number],
  neuron: boolean,
): readonly [number, number] {
  if (!receptiveField) return [height, width];
  const { size } = receptiveField;
  const along = (axis: 0 | 1, input: number): number => {
    const field = size[axis];
    const wanted = neuron
      ? Math.max(LEAST_OF_A_NEURON, roundUp(field + STEP / 2))
      : Math.max(LEAST, roundUp(2 * field));
    return Math.min(wanted, MOST, input);
  };
  return [along(0, height), along(1, width)];
}

const roundUp = (side: number): number => Math.ceil(side / STEP) * STEP;

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
