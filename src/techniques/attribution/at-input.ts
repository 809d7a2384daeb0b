import type { LayerInfo } from '../../model/network.ts';
import { placingOf, spread, stretched } from '../../model/placing.ts';

interface LayerMap {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/**
 * A layer's map at the size of the input, every value at the middle of its receptive field, bilinear between them: float32
 * [height, width], as overlays show it.
 */
export function atInput(
  map: LayerMap,
  layer: Pick<LayerInfo, 'receptiveField'>,
  [height, width]: readonly [height: number, width: number, ...unknown[]],
): Float32Array {
  const size = { height, width };
  return spread(map, size, placingOf(layer, map) ?? stretched(map, size)).data;
}
