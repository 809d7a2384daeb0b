import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { partOf, sizeLayer } from '../../src/model/part.ts';
import { fileSpec, kerasFixtures, open } from './opening.ts';

/** What the layers themselves, built anew, say of a size. */
function built(...[network, graph, layer, size]: Parameters<typeof sizeLayer>): unknown {
  try {
    return partOf(network, graph, layer, size).at(-1)!.layer.outputShape;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems[0]!.what;
  }
}

describe('sizes of layers for other images', () => {
  it.each(['lenet.h5', 'vgg_like.h5', 'resnet_like.h5', 'inception_like.h5'])(
    'of %s are those of the layers built anew, whichever are asked for first',
    async (name) => {
      const { network, graph } = await open(fileSpec(join(kerasFixtures, name)));
      const own = network.inputShape.slice(0, 2) as [number, number];
      for (const size of [own, [own[0] + 8, own[1]], [9, 40], [3, 3], [1, 1]] as [number, number][]) {
        for (const { index } of graph.toReversed()) {
          const found = sizeLayer(network, graph, index, size);
          expect([index, 'problem' in found ? found.problem.what : found.outputShape]).toEqual([
            index,
            built(network, graph, index, size),
          ]);
        }
      }
    },
  );
});
