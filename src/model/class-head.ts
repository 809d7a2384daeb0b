import { traitsOf } from './layer-types.ts';
import type { LayerInfo, Network } from './network.ts';
import { outputLayers } from './outputs.ts';

/** What turns logits into probabilities. */
export type HeadActivation = 'softmax' | 'sigmoid';

/** Where a classifier's scores stand. */
export interface ClassHead {
  /**
   * Index of the layer whose output before its activation is the logits: the last layer, or the one before it that it only hands
   * on or lays out.
   */
  readonly layer: number;
  /** How many classes. */
  readonly units: number;
  /** Absent where the network ends in logits. */
  readonly activation?: HeadActivation;
}

/**
 * Undefined where the network's last output has several places, side by side or laid end to end: it is no classifier. Also where another
 * output could be the classifier, unless the experiment has chosen one.
 */
export function classHead(
  { nodes, output }: Pick<Network, 'nodes' | 'output'>,
  layers: readonly LayerInfo[],
): ClassHead | undefined {
  const last = layers.at(-1)!;
  const others = output === undefined ? outputLayers(layers).filter((layer) => layer !== last) : [];
  return others.some((layer) => headAt(layer, nodes, layers)) ? undefined : headAt(last, nodes, layers);
}

function headAt(
  end: LayerInfo,
  nodes: Network['nodes'],
  layers: readonly LayerInfo[],
): ClassHead | undefined {
  let last = end;
  const units = last.outputShape.at(-1)!;
  if (sizeOf(last) !== units) return undefined;
  for (;;) {
    const { identity, rearranges } = traitsOf(last.type);
    const [before, ...others] = last.inputs ?? [];
    if (!(identity || rearranges) || before === undefined || others.length > 0) break;
    const found = layers.find(({ name }) => name === before)!;
    // A classifier of one place: its softmax stands before the layer that lays its map out.
    if (sizeOf(found) !== units || found.outputShape.at(-1) !== units) break;
    last = found;
  }
  if (last.filters === undefined) return undefined;
  const activation = headActivation(nodes[last.index]!);
  return { layer: last.index, units, ...(activation && { activation }) };
}

const sizeOf = ({ outputShape }: LayerInfo): number => outputShape.reduce((product, n) => product * n, 1);

function headActivation({ type, config }: Network['nodes'][number]): HeadActivation | undefined {
  const own = config['activation'];
  const name = typeof own === 'string' ? own : own === undefined || own === null ? type : className(own);
  const plain = name.toLowerCase();
  return plain === 'softmax' || plain === 'sigmoid' ? plain : undefined;
}

/** Of an activation that is saved as an object of its own. */
function className(value: unknown): string {
  const { class_name: name, config } = value as { class_name?: unknown; config?: unknown };
  if (name === 'function' && typeof config === 'string') return config;
  return typeof name === 'string' ? name : '';
}
