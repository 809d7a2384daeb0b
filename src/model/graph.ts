import type { Place, Problem } from '../errors.ts';
import { UserError } from '../errors.ts';
import { ConfigReader } from './layers/config-reader.ts';
import type { Layer, LayerFormula, Shape } from './layers/layer-type.ts';
import { IDENTITY } from './layers/layer-type.ts';
import { describeThrown } from '../plugins.ts';
import { INPUT_LAYER, layerTypes } from './layer-types.ts';
import type { Network, NetworkNode } from './network.ts';

/** A network's node with its checked layer; inputs by position. */
export interface GraphLayer {
  readonly index: number;
  readonly node: NetworkNode;
  readonly inputs: readonly number[];
  readonly layer: Layer;
}

/** More values in one layer's output, or weights in a network, than can be meant seriously. */
const MAX_VALUES = 2 ** 31;

/**
 * Checks every layer against its inputs. An error names each layer that is wrong; those behind a wrong one are not
 * looked at, since their shapes are unknown.
 */
export function buildGraph(network: Network, place: Place | undefined): readonly GraphLayer[] {
  const problems: Problem[] = [];
  const built: (GraphLayer | undefined)[] = [];
  const positions = new Map<string, number>();
  for (const [index, node] of network.nodes.entries()) {
    if (positions.has(node.name)) problems.push({ what: `Two layers are named \`${node.name}\`.`, place });
    const inputs = node.inputs.map((name) => positions.get(name));
    positions.set(node.name, index);
    const missing = node.inputs.filter((_, i) => inputs[i] === undefined);
    if (missing.length) {
      problems.push({
        what: `Layer \`${node.name}\` takes its input from \`${missing[0]}\`, which does not come before it.`,
        place,
      });
      continue;
    }
    const shapes = inputs.map((i) => built[i!]?.layer.outputShape);
    if (shapes.includes(undefined)) continue;
    try {
      const layer = buildLayer(network, node, shapes as Shape[], place);
      built[index] = { index, node, inputs: inputs as number[], layer };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  const layers = built.filter((layer) => layer !== undefined);
  if (!problems.length) problems.push(...oversizedLayers(layers, place));
  if (problems.length) throw new UserError(problems);
  return layers;
}

/** Checks one layer against its inputs' shapes. @throws UserError */
export function buildLayer(
  network: Network,
  node: NetworkNode,
  inputs: readonly Shape[],
  place: Place | undefined,
): Layer {
  const { name, type, dialect = 'keras-3' } = node;
  const config = new ConfigReader(node.config, { layer: name, type, dialect, place });
  if (type === INPUT_LAYER) {
    config.only('sparse', false);
    config.only('ragged', false);
    const { inputShape: outputShape } = network;
    return { outputShape, weights: [], field: IDENTITY, part: 'alike', forward: (_run, [x]) => x! };
  }
  const found = layerTypes.get(type);
  if (!found) return unsupported(config, type);
  try {
    const layer = found.build(config, inputs);
    config.finish(found.identity);
    return layer;
  } catch (error) {
    if (error instanceof UserError || layerTypes.isBuiltIn(type)) throw error;
    return config.fail(`its type failed: ${describeThrown(error)}`);
  }
}

const ATTENTION: ReadonlySet<string> = new Set([
  ...['Attention', 'AdditiveAttention', 'MultiHeadAttention', 'GroupQueryAttention', 'GroupedQueryAttention'],
]);

/** A custom class carries its package's name, by which formats tell it from Keras' own. */
function unsupported(config: ConfigReader, type: string): never {
  const custom = type === 'Lambda' || /[.>]/.test(type);
  if (ATTENTION.has(type)) {
    return config.fail('attention layers of Keras are not supported', {
      hint:
        'Convert the model to ONNX, where attention is written as products of matrices: ' +
        'python -m tf2onnx.convert --saved-model folder --output name.onnx. Or save a model that ends before this layer.',
    });
  }
  return config.fail('this layer type is not supported', {
    ...(custom
      ? { why: 'Code in model files is never run, so custom layers and Lambda layers are not supported.' }
      : {}),
    hint: 'Save a model that ends before this layer, or use the layer types below.',
    choices: layerTypes.names,
  });
}

function* oversizedLayers(layers: readonly GraphLayer[], place: Place | undefined): Generator<Problem> {
  let total = 0;
  for (const { node, layer } of layers) {
    const values = layer.outputShape.reduce((product, n) => product * n, 1);
    const weights = countWeights(layer);
    total += weights;
    if (values <= MAX_VALUES && weights <= MAX_VALUES) continue;
    const [what, count] = values > MAX_VALUES ? ['an output', values] : ['weights', weights];
    yield {
      what: `Layer \`${node.name}\` (${node.type}): ${what} of ${count.toLocaleString('en')} values.`,
      place,
      why: `The limit is ${MAX_VALUES.toLocaleString('en')}.`,
    };
    return;
  }
  if (total > MAX_VALUES)
    yield {
      what: `The model has ${total.toLocaleString('en')} weights.`,
      place,
      why: `The limit is ${MAX_VALUES.toLocaleString('en')}.`,
    };
}

/** How a value of a layer is made of its input; undefined where it is not in a way that can be written out. */
export function layerFormula(graph: readonly GraphLayer[], index: number): LayerFormula | undefined {
  const { layer, inputs = [] } = graph[index] ?? {};
  const [input] = inputs;
  if (!layer?.formula || input === undefined || inputs.length > 1) return undefined;
  const { formula, field } = layer;
  return { formula, field, input, inputShape: graph[input]!.layer.outputShape };
}

export function countWeights(layer: Layer): number {
  return layer.weights.reduce((all, { shape }) => all + shape.reduce((product, n) => product * n, 1), 0);
}
