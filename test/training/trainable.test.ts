import { join } from 'node:path';
import type { io, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { lenetRecipe } from '../../scripts/training/lenet.ts';
import { upload } from '../../scripts/training/parameters.ts';
import { patternnetRecipe } from '../../scripts/training/patternnet.ts';
import type { Recipe } from '../../scripts/training/recipe.ts';
import { throughHalf, toTfjsModel, writeTfjsModel } from '../../scripts/training/tfjs-model.ts';
import { createTrainable, foldConvolution } from '../../scripts/training/trainable.ts';
import { tf } from '../../src/backend/tf.ts';
import { buildGraph } from '../../src/model/graph.ts';
import { createModel } from '../../src/model/executor.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { fileSpec, open, temporaryFolder } from '../model/opening.ts';

const folder = temporaryFolder();

describe('folding', () => {
  it('makes batch normalization part of kernel and bias', () => {
    // One pixel, one channel, two filters: gamma (k x - mean) / sqrt(variance + epsilon) + beta.
    const norm = {
      gamma: Float32Array.of(3, -1),
      beta: Float32Array.of(0.5, 2),
      mean: Float32Array.of(4, 0),
      variance: Float32Array.of(4 - 1e-3, 0.25 - 1e-3),
    };
    const { kernel, bias } = foldConvolution(Float32Array.of(10, 20), norm);
    expect([...kernel].map((k) => Number(k.toFixed(4)))).toEqual([15, -40]);
    expect([...bias].map((b) => Number(b.toFixed(4)))).toEqual([-5.5, 2]);
  });
});

describe.runIf(availableBackends.includes('tensorflow')).each([
  ['lenet', lenetRecipe, [4, 28, 28, 1]],
  ['patternnet', patternnetRecipe, [4, 96, 96, 3]],
] as const)('%s in training', (name, recipe, shape) => {
  beforeAll(() => useBackend('tensorflow'));

  it('says the same once it is folded, written, and read by this program and by TensorFlow.js', async () => {
    const trainable = createTrainable(recipe);
    const parameters = trainable.initial(3);
    const last = parameters.get('predictions/kernel')!;
    last.data.forEach((_, i) => (last.data[i] = 0.1 * Math.sin(i)));
    const input = tf.randomUniform([...shape], 0, 1, 'float32', 5) as Tensor4D;
    const statistics = trainable.initialStatistics();
    // In training the batch's own variance is taken, which the statistics then have to be: n instead of n - 1.
    const undropped = tf.ones([shape[0], trainable.features]) as Tensor2D;
    const { logits } = trainable.forward(upload(parameters), input, undropped, (layer, seen) => {
      const size = shape[0] * placesOf(recipe, layer);
      statistics.set(`${layer}/mean`, seen.mean);
      statistics.set(
        `${layer}/variance`,
        seen.variance.map((v) => (v * (size - 1)) / size),
      );
    });
    const expected = tf.softmax(logits);

    const weights = trainable.fold(parameters, statistics);
    const path = join(folder, name);
    await writeTfjsModel(path, toTfjsModel(recipe.network, weights, { classes: recipe.classes }));
    const { preprocess } = recipe.network;
    const ours = await createModel(await open(fileSpec(join(path, 'model.json'), { preprocess })));
    const [output] = ours.forward(input, [ours.layers.length - 1]) as [Tensor];
    // What half precision costs.
    expect(furthest(output, expected)).toBeLessThan(0.02);

    const theirs = await tf.loadLayersModel({ load: () => Promise.resolve(artifacts(path)) });
    expect(furthest(theirs.predict(input) as Tensor, output)).toBeLessThan(1e-5);
    expect(throughHalf(weights).get('conv1')!.get('kernel')!.data.slice(0, 9)).toEqual(
      theirs.getLayer('conv1').getWeights()[0]!.dataSync().slice(0, 9),
    );
  });

  it('begins with a guess: all classes are equally likely', () => {
    const trainable = createTrainable(recipe);
    const undropped = tf.ones([shape[0], trainable.features]) as Tensor2D;
    const input = tf.randomUniform([...shape], -1, 1, 'float32', 5) as Tensor4D;
    const { logits } = trainable.forward(upload(trainable.initial(1)), input, undropped, () => {});
    expect(logits.shape).toEqual([shape[0], recipe.classes.length]);
    expect(tf.max(tf.abs(logits)).dataSync()[0]).toBe(0);
  });
});

/** Height times width of a layer's maps. */
function placesOf({ network }: Recipe, name: string): number {
  const [height, width] = buildGraph(network, { file: name }).find(({ node }) => node.name === name)!.layer
    .outputShape;
  return height! * width!;
}

const furthest = (a: Tensor, b: Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

function artifacts(path: string): io.ModelArtifacts {
  const json = JSON.parse(readFileSync(join(path, 'model.json'), 'utf8')) as {
    modelTopology: object;
    weightsManifest: { weights: io.WeightsManifestEntry[] }[];
  };
  return {
    modelTopology: json.modelTopology,
    weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
    weightData: Uint8Array.from(readFileSync(join(path, 'weights.bin'))).buffer,
  };
}
