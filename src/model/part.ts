import type { Place, Problem } from '../errors.ts';
import { UserError } from '../errors.ts';
import type { GraphLayer } from './graph.ts';
import { buildGraph, buildLayer } from './graph.ts';
import type { Shape } from './layers/layer-type.ts';
import type { Network } from './network.ts';

/**
 * The layers that one layer needs, for images of another size than the network's own; that layer stands last.
 * Indices are positions in the part.
 *
 * @throws UserError where a layer can't take that size: a window larger than its input, or weights that hold for one
 * size only, as behind a Flatten
 */
export function partOf(
  network: Network,
  graph: readonly GraphLayer[],
  layer: number,
  size: readonly [number, number],
  place?: Place,
): readonly GraphLayer[] {
  const last = expectLayer(graph, layer);
  const needed = new Set([layer]);
  for (let index = layer; index >= 0; index--) {
    if (needed.has(index)) graph[index]!.inputs.forEach((input) => needed.add(input));
  }
  const whole = graph.filter(({ index }) => needed.has(index));
  const part = buildGraph({ ...sized(network, size), nodes: whole.map(({ node }) => node) }, place);
  const fixed = part.find((one, i) => !hasSameWeights(one, whole[i]!));
  if (fixed) throw new UserError(fixedSize(network, last, fixed, size, place));
  return part;
}

/** A layer for images of another size: its output's shape, or what is wrong with that size. */
export type SizedLayer = { readonly outputShape: Shape } | { readonly problem: Problem };

interface Sized {
  readonly outputShape?: Shape;
  readonly problem?: Problem;
  /** The first layer up to here whose weights fit another size only. */
  readonly fixed?: GraphLayer;
}

const known = new WeakMap<readonly GraphLayer[], Map<string, Sized[]>>();

/**
 * The same answer as `partOf` gives, without the layers themselves. Each layer is looked at once for each size, whichever
 * layers are asked for.
 */
export function sizeLayer(
  network: Network,
  graph: readonly GraphLayer[],
  layer: number,
  size: readonly [number, number],
): SizedLayer {
  const last = expectLayer(graph, layer);
  const sizes = known.get(graph) ?? new Map<string, Sized[]>();
  known.set(graph, sizes);
  const found = sizes.get(size.join()) ?? [];
  sizes.set(size.join(), found);
  while (found.length <= layer) found.push(sizeNext(sized(network, size), graph[found.length]!, found));
  const { outputShape, problem, fixed } = found[layer]!;
  if (problem) return { problem };
  return fixed
    ? { problem: fixedSize(network, last, fixed, size, undefined) }
    : { outputShape: outputShape! };
}

function sizeNext(network: Network, one: GraphLayer, before: readonly Sized[]): Sized {
  const inputs = one.inputs.map((input) => before[input]!);
  const failed = inputs.find(({ problem }) => problem);
  if (failed) return failed;
  const fixed = inputs.flatMap((input) => input.fixed ?? []).sort((a, b) => a.index - b.index)[0];
  try {
    const layer = buildLayer(
      network,
      one.node,
      inputs.map(({ outputShape }) => outputShape!),
      undefined,
    );
    const first = fixed ?? (hasSameWeights({ layer }, one) ? undefined : one);
    return { outputShape: layer.outputShape, ...(first ? { fixed: first } : {}) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problem: error.problems[0]! };
  }
}

function expectLayer(graph: readonly GraphLayer[], layer: number): GraphLayer {
  const found = graph[layer];
  if (!found) throw new Error(`there is no layer ${layer}: the network has 0 to ${graph.length - 1}`);
  return found;
}

function sized(network: Network, size: readonly [number, number]): Network {
  return { ...network, inputShape: [...size, network.inputShape[2]] };
}

function hasSameWeights(a: Pick<GraphLayer, 'layer'>, b: Pick<GraphLayer, 'layer'>): boolean {
  const shapes = ({ layer }: Pick<GraphLayer, 'layer'>): string =>
    layer.weights.map(({ shape }) => shape.join()).join(';');
  return shapes(a) === shapes(b);
}

function fixedSize(
  { inputShape: [height, width] }: Network,
  last: GraphLayer,
  { node: { name, type } }: GraphLayer,
  size: readonly [number, number],
  place: Place | undefined,
): Problem {
  return {
    what: `Layer \`${last.node.name}\` cannot be computed for images of ${size.join('x')} pixels.`,
    place,
    why: `The weights of layer \`${name}\` (${type}) fit ${height}x${width} pixels only.`,
    hint: `Use ${height}x${width} pixels, or an earlier layer.`,
  };
}
