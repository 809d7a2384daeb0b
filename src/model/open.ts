import { nodeFiles } from '../effects.ts';
import { UserError } from '../errors.ts';
import type { ModelSpec } from '../schema/experiment.ts';
import type { GraphLayer } from './graph.ts';
import { modelFormats } from './formats/table.ts';
import { layerTypes } from './layer-types.ts';
import { classNames } from './class-names.ts';
import { buildGraph } from './graph.ts';
import { hashJson } from '../hash.ts';
import { randomWeights } from './initializers.ts';
import { listLayers } from './layer-list.ts';
import type { LayerInfo, Network, Weights } from './network.ts';
import { openArchitecture } from './open-architecture.ts';
import type { Architecture } from './open-architecture.ts';
import type { OpenOptions } from './open-options.ts';
import { openWeights } from './open-weights.ts';
import { withOutput } from './outputs.ts';
import { GREY_PREPROCESS } from './preprocess.ts';

export type { OpenOptions } from './open-options.ts';

/** A model read as far as possible without a backend. */
export interface ModelSource {
  readonly network: Network;
  /** Every layer, checked; by index. */
  readonly graph: readonly GraphLayer[];
  readonly layers: readonly LayerInfo[];
  /** What the units of the last layer stand for; absent where that is not known. */
  readonly classes?: readonly string[];
  /** Weights in all. */
  readonly parameters: number;
  /** Hex SHA-256 of the file that holds the weights (of the sums of all files where there are several); `random:<seed>` without one. */
  readonly weightsSha256: string;
  /** Absolute paths of the files that the network and its weights are read from; none that are part of this program. */
  readonly files: readonly string[];
  /** Hex SHA-256 of architecture, weights and preprocessing: the same for the same network, whatever its input's size. */
  readonly identity: string;
  /** Hex SHA-256 of all that determines the layer's output for a given image. */
  fingerprint(layer: number): string;
  /** Reads or makes the weights; each call does so anew. */
  loadWeights(): Promise<Weights>;
}

/**
 * Finds, reads and checks a model: architecture, shapes, and that its weights fit. No TensorFlow.js is loaded, and no
 * weight values are read.
 *
 * @throws UserError where the model or what is said of it is wrong
 * @throws UnavailableError where a file that may be elsewhere is not on this machine
 */
export async function openModel(spec: ModelSpec, options: OpenOptions): Promise<ModelSource> {
  const context = { ...options, files: options.files ?? nodeFiles };
  const architecture = await openArchitecture(spec, context);
  const { network: whole } = architecture;
  const network = spec.output === undefined ? whole : withOutput(whole, spec.output, context.place('output'));
  if (network.inputShape[2] === 1 && !GREY_PREPROCESS.includes(network.preprocess)) {
    throw new UserError({
      what: `\`preprocess: ${network.preprocess}\` needs a network with colour input, and this network takes grey images.`,
      place: context.place('preprocess'),
      choices: GREY_PREPROCESS,
    });
  }
  const graph = buildGraph(network, architecture.place);
  checkInputOverride(spec, architecture, graph, context.place);
  const layers = listLayers(graph);
  // Files may have weights in the order of their own layers.
  const fileGraph = network === whole ? graph : buildGraph(whole, architecture.place);
  const weights = await openWeights(spec, architecture, fileGraph, context);
  const classes = await classNames(spec, architecture.zoo, layers.at(-1)!, context);
  const weightsSha256 = weights?.sha256 ?? `random:${options.seed}`;
  return {
    network,
    graph,
    layers,
    ...(classes ? { classes } : {}),
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    weightsSha256,
    files: [...new Set([...(architecture.paths ?? []), ...(weights?.paths ?? [])])],
    identity: identityOf(network, weightsSha256),
    fingerprint: fingerprints(network, graph, weightsSha256),
    loadWeights: () => weights?.load() ?? Promise.resolve(randomWeights(graph, options.seed)),
  };
}

function identityOf({ nodes, preprocess }: Network, weights: string): string {
  const architecture = nodes.map((node) => (node.inputs.length === 0 ? { ...node, config: {} } : node));
  return hashJson([architecture, preprocess, weights]);
}

/** Raised when the numbers that a layer type gives change. */
const EXECUTOR_VERSION = 4;

function fingerprints(
  network: Network,
  graph: readonly GraphLayer[],
  weights: string,
): (layer: number) => string {
  const { inputShape, preprocess } = network;
  const reader = modelFormats.codeOf(network.format);
  // Each layer's is made from those of its inputs: asking for all of them takes no longer than the network is deep.
  const known: string[] = [];
  return (last) => {
    for (let index = known.length; index <= last; index++) {
      const { node, inputs } = graph[index]!;
      const before =
        inputs.length > 0
          ? inputs.map((input) => known[input])
          : [inputShape, preprocess, weights, ...(reader === undefined ? [] : [reader])];
      const code = layerTypes.codeOf(node.type);
      known.push(hashJson([EXECUTOR_VERSION, node, before, ...(code === undefined ? [] : [code])]));
    }
    return known[last]!;
  };
}

/** Dense layers behind a flatten fix the input size: their weights are one for each value. */
function checkInputOverride(
  spec: ModelSpec,
  { own }: Architecture,
  graph: readonly GraphLayer[],
  place: OpenOptions['place'],
): void {
  if (!own || !spec.input) return;
  const originals = buildGraph(own, place('input'));
  const changed = graph.find(({ layer }, i) =>
    layer.weights.some(({ shape }, w) => originals[i]?.layer.weights[w]?.shape.join() !== shape.join()),
  );
  if (!changed) return;
  const [height, width] = own.inputShape;
  throw new UserError({
    what: `The network cannot take images of ${spec.input.join('x')} pixels.`,
    place: place('input'),
    why: `The weights of layer \`${changed.node.name}\` (${changed.node.type}) fit ${height}x${width} pixels only.`,
    hint: `Leave \`input\` out, or write \`input: [${height}, ${width}]\`.`,
  });
}
