import type { LayerInfo } from '../../model/network.ts';
import { LAYER_METHODS } from './attribution-types.ts';
import type { Method } from './attribution-types.ts';

export const hasLayerMaps = (method: Method): boolean => LAYER_METHODS.includes(method);

/** The layers that all of the given ones are made from, those excluded, in the order of the network. */
export function leadingTo(ends: readonly LayerInfo[], layers: readonly LayerInfo[]): readonly LayerInfo[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const counts = new Map<LayerInfo, number>();
  for (const end of ends) {
    const seen = new Set<LayerInfo>();
    const open = [end];
    while (open.length > 0) {
      for (const name of open.pop()!.inputs ?? []) {
        const input = byName.get(name)!;
        if (!seen.has(input)) open.push(input);
        seen.add(input);
      }
    }
    for (const layer of seen) counts.set(layer, (counts.get(layer) ?? 0) + 1);
  }
  return layers.filter((layer) => counts.get(layer) === ends.length);
}

/** Those with maps of several places. */
export const spatialLayers = (layers: readonly LayerInfo[]): readonly LayerInfo[] =>
  layers.filter(
    ({ kind, outputShape }) =>
      kind !== 'input' && outputShape.length === 3 && outputShape[0]! * outputShape[1]! > 1,
  );
