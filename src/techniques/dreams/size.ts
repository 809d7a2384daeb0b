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
    const side = neuron
      ? Math.max(LEAST_OF_A_NEURON, roundUp(field + STEP / 2))
      : Math.max(LEAST, roundUp(2 * field));
    return Math.min(side, MOST, input);
  };
  return [along(0, height), along(1, width)];
}

const roundUp = (side: number): number => Math.ceil(side / STEP) * STEP;
