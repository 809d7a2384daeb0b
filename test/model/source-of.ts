import { buildGraph } from '../../src/model/graph.ts';
import { listLayers } from '../../src/model/layer-list.ts';
import type { Network, NodeWeights } from '../../src/model/network.ts';
import type { ModelSource } from '../../src/model/open.ts';
import { randomFrom } from '../../src/random.ts';
import type { Random } from '../../src/random.ts';

/** A network that was written down in a test, each weight made by `weight`. */
export function sourceOf(network: Network, weight: (random: Random) => number): ModelSource {
  const graph = buildGraph(network, { file: 'test' });
  const layers = listLayers(graph);
  const random = randomFrom('weights of a test');
  return {
    network,
    graph,
    layers,
    parameters: 0,
    weightsSha256: '',
    identity: '',
    files: [],
    fingerprint: () => '',
    loadWeights: () =>
      Promise.resolve(
        new Map(
          graph.map(({ node, layer }): [string, NodeWeights] => [
            node.name,
            new Map(
              layer.weights.map(({ name, shape }) => {
                const length = shape.reduce((product, n) => product * n, 1);
                return [name, { shape, data: Float32Array.from({ length }, () => weight(random)) }];
              }),
            ),
          ]),
        ),
      ),
  };
}
