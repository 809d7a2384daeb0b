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
import type { LayerInfo, Network, TakeWeights, Weights } from './network.ts';
import { openArchitecture } from './open-architecture.ts';
import type { Architecture, OpenContext } from './open-architecture.ts';
import type { OpenOptions } from './open-options.ts';
import type { StoredWeights } from './open-weights.ts';
import { beginSums, openWeights } from './open-weights.ts';
import { withOutput } from './outputs.ts';
import { displayPath } from '../paths.ts';
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
  /**
   * Reads or makes the weights; each call does so anew.
   *
   * @param take is given each layer's weights as soon as they are there
   * @returns those of layers that `take` was not given
   * @throws UserError where a file is wrong, or its SHA-256: what `take` was given is not to be used then
   */
  loadWeights(take?: TakeWeights): Promise<Weights>;
}

/** What a model is made of. */
export type LoadableModel = Pick<ModelSource, 'network' | 'graph' | 'layers' | 'loadWeights'>;

/**
 * Finds, reads and checks a model: architecture, shapes, and that its weights fit. No TensorFlow.js is loaded, and no
 * weight values are read.
 *
 * @throws UserError where the model or what is said of it is wrong
 * @throws UnavailableError where a file that may be elsewhere is not on this machine
 */
export async function openModel(spec: ModelSpec, options: OpenOptions): Promise<ModelSource> {
  const { weights, parts, paths, classes } = await openParts(spec, options);
  const { network, graph, layers } = parts;
  const weightsSha256 = weightsSum(await weights?.sha256, options);
  return {
    ...parts,
    ...(classes ? { classes } : {}),
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    weightsSha256,
    files: [...new Set([...paths, ...(weights?.paths ?? [])])],
    identity: identityOf(network, weightsSha256),
    fingerprint: fingerprints(network, graph, weightsSha256),
  };
}

/**
 * Opens a model to load it: its weights are being read when this returns, and `loadWeights` also waits for their SHA-256 and rejects where
 * it is wrong.
 *
 * @param identity the `identity` that the model was opened with before; absent where any will do. `loadWeights` rejects if what has been
 *   loaded has another one
 * @throws as `openModel`, except for what is wrong with the weights
 */
export async function openToLoad(
  spec: ModelSpec,
  options: OpenOptions,
  identity?: string,
): Promise<LoadableModel> {
  const { parts, weights, paths } = await openParts(spec, { ...options, loadsNext: true });
  if (identity === undefined) return parts;
  return {
    ...parts,
    async loadWeights(take) {
      const loaded = await parts.loadWeights(take);
      // Asked afterwards: a file that is still the one whose sum is known was that one while it was read.
      const sum = weightsSum(await weights?.sumAgain(), options);
      if (identityOf(parts.network, sum) === identity) return loaded;
      const [path] = [...paths, ...(weights?.paths ?? [])];
      throw new UserError({
        what: 'The model changed while it was in use.',
        place: path === undefined ? options.place('') : { file: displayPath(path) },
        hint: 'Run the command again.',
      });
    },
  };
}

const weightsSum = (sum: string | undefined, { seed }: OpenOptions): string => sum ?? `random:${seed}`;

interface OpenedParts {
  readonly parts: LoadableModel;
  readonly classes: readonly string[] | undefined;
  /** Undefined where they are random. */
  readonly weights: StoredWeights | undefined;
  /** Of the network's own files. */
  readonly paths: readonly string[];
}

async function openParts(
  spec: ModelSpec,
  options: OpenOptions & Pick<OpenContext, 'loadsNext'>,
): Promise<OpenedParts> {
  const context = await beginSums(spec, { ...options, files: options.files ?? nodeFiles });
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
  const loadWeights: ModelSource['loadWeights'] = (take) =>
    weights?.load(take) ?? Promise.resolve(randomWeights(graph, options.seed));
  return {
    ...{ weights, classes, paths: architecture.paths ?? [] },
    parts: { network, graph, layers, loadWeights },
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
