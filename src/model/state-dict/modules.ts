import type { GraphLayer } from '../graph.ts';
import type { Needs } from '../formats/stored-array.ts';
import type { Shape } from '../layers/layer-type.ts';

/** Where a layer's weights are in a state dict. */
export interface ModuleName {
  /** Its entries are `<module>.weight`, `<module>.bias`, … */
  readonly module: string;
  /** What older files call it. */
  readonly older?: string | undefined;
  /** Whether each filter belongs to one channel of the input: its kernel stands in another order of axes. */
  readonly depthwise?: true;
  /** Height, width and channels of the maps that a dense layer takes laid end to end: PyTorch lays out channel by channel. */
  readonly flattened?: readonly [number, number, number] | undefined;
}

/** The names of a network's layers in state dicts: plain data. */
export interface ModuleNames {
  /** By the layer's name. */
  readonly layers: ReadonlyMap<string, ModuleName>;
  /** Modules that a state dict may have beyond these: a classifier that is left out, outputs for training only. */
  readonly others: readonly string[];
}

interface Naming {
  /** The module of a layer, by the layer's name. */
  readonly moduleOf: (layer: string) => string;
  readonly olderModuleOf?: ((layer: string) => string | undefined) | undefined;
}

/** @param others of a state dict of the whole network */
export function moduleNames(
  graph: readonly GraphLayer[],
  needs: Needs,
  { moduleOf, olderModuleOf }: Naming,
  others: readonly string[],
): ModuleNames {
  const layers = new Map<string, ModuleName>();
  for (const each of graph) {
    const { name, type } = each.node;
    if (!needs.has(name)) continue;
    const flattened = type === 'Dense' ? flattenedShape(each, graph) : undefined;
    const depthwise = type === 'DepthwiseConv2D';
    const older = olderModuleOf?.(name);
    layers.set(name, {
      module: moduleOf(name),
      ...(older !== undefined && { older }),
      ...(depthwise && { depthwise }),
      ...(flattened && { flattened }),
    });
  }
  return { layers, others };
}

/** The shape of the maps behind a Flatten, from which a vector comes unchanged in its order. */
function flattenedShape(
  layer: GraphLayer,
  graph: readonly GraphLayer[],
): readonly [number, number, number] | undefined {
  let at: GraphLayer | undefined = layer;
  while (at && at.inputs.length === 1) {
    const before: GraphLayer = graph[at.inputs[0]!]!;
    const shape: Shape = before.layer.outputShape;
    if (at.node.type === 'Flatten' && shape.length === 3) return [shape[0]!, shape[1]!, shape[2]!];
    if (shape.length !== 1 || (before.layer.weights.length > 0 && before.layer.outputShape.length !== 1))
      return undefined;
    // A layer that mixes its inputs has no order of rows and columns.
    if (before.node.type === 'Dense') return undefined;
    at = before;
  }
  return undefined;
}
