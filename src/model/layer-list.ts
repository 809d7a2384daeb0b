import type { GraphLayer } from './graph.ts';
import { countWeights } from './graph.ts';
import { traitsOf } from './layer-types.ts';
import type { LayerInfo, ReceptiveField } from './network.ts';
import { INPUT_FIELD, throughLayer, union } from './receptive-field.ts';

/** What report.json and the layer list say of each layer. */
export function listLayers(graph: readonly GraphLayer[]): readonly LayerInfo[] {
  const fields: (ReceptiveField | undefined)[] = [];
  /** Layers whose units are values of maps laid end to end: they are no filters. */
  const laidOut: boolean[] = [];
  return graph.map(({ index, node, inputs, layer }) => {
    const field = inputs.length
      ? throughLayer(union(inputs.map((i) => fields[i])), layer.field)
      : INPUT_FIELD;
    fields[index] = field;
    const { outputShape } = layer;
    const { kind, rearranges } = traitsOf(node.type);
    laidOut[index] =
      outputShape.length === 1 &&
      (rearranges ||
        (layer.weights.length === 0 && layer.field.kind === 'identity' && inputs.some((i) => laidOut[i])));
    const filters = outputShape.length === 3 || (outputShape.length === 1 && !laidOut[index]);
    return {
      index,
      name: node.name,
      type: node.type,
      kind,
      outputShape: [...outputShape],
      ...(filters ? { filters: outputShape[outputShape.length - 1]! } : {}),
      parameters: node.sharesWeightsOf === undefined ? countWeights(layer) : 0,
      inputs: inputs.map((input) => graph[input]!.node.name),
      ...(field ? { receptiveField: field } : {}),
    };
  });
}
