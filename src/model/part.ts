import type { Place } from '../errors.ts';
import { UserError } from '../errors.ts';
import type { GraphLayer } from './graph.ts';
import { buildGraph } from './graph.ts';
import type { Network } from './network.ts';

/**
 * The layers that one layer needs, for pictures of another size than the network's own; that layer stands last.
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
  const last = graph[layer];
  if (!last) throw new Error(`there is no layer ${layer}: the network has 0 to ${graph.length - 1}`);
  const needed = new Set([layer]);
  for (let index = layer; index >= 0; index--) {
    if (needed.has(index)) graph[index]!.inputs.forEach((input) => needed.add(input));
  }
  const [height, width, channels] = network.inputShape;
  const whole = graph.filter(({ index }) => needed.has(index));
  const part = buildGraph(
    { ...network, inputShape: [...size, channels], nodes: whole.map(({ node }) => node) },
    place,
  );
  const fixed = part.findIndex(
    ({ layer: { weights } }, i) =>
      weights.map(({ shape }) => shape.join()).join(';') !==
      whole[i]!.layer.weights.map(({ shape }) => shape.join()).join(';'),
  );
  if (fixed >= 0) {
    const { name, type } = part[fixed]!.node;
    throw new UserError({
      what: `layer "${last.node.name}" cannot be computed for pictures of ${size.join('x')} pixels`,
      place,
      why: `The weights of layer "${name}" (${type}) fit ${height}x${width} pixels only.`,
      hint: `Use ${height}x${width} pixels, or a layer that stands before it.`,
    });
  }
  return part;
}
