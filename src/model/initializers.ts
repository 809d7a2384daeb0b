import type { Initializer } from '../schema/model-words.ts';
import type { GraphLayer } from './graph.ts';
import type { Shape, WeightSpec } from './layers/layer-type.ts';
import type { NodeWeights, Weights } from './network.ts';
import type { Random } from '../random.ts';
import { randomFrom, truncatedNormal } from '../random.ts';

/**
 * Random weights for every layer, as Keras' initializers would draw them. Each array has a random stream of its own,
 * made from the seed, the layer's name and the array's: adding or changing a layer leaves all others as they were.
 */
export function randomWeights(graph: readonly GraphLayer[], seed: number): Weights {
  const own = graph.filter(({ node, layer }) => layer.weights.length && node.sharesWeightsOf === undefined);
  return new Map(
    own.map(({ node, layer }): [string, NodeWeights] => [
      node.name,
      new Map(
        layer.weights.map((spec) => {
          const random = randomFrom(JSON.stringify([seed, node.name, spec.name]));
          return [spec.name, { shape: spec.shape, data: initialize(spec, random) }];
        }),
      ),
    ]),
  );
}

/** float32 values, row-major. An initializer that is not known counts as glorot_uniform. */
export function initialize({ shape, initializer }: WeightSpec, random: Random): Float32Array {
  const known = Object.hasOwn(initializers, initializer) ? initializer : 'glorot_uniform';
  const next = initializers[known]!(fans(shape), random);
  return Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, next);
}

/** Draws one value after the other. */
type Draw = () => number;

const constant =
  (value: number): Draw =>
  () =>
    value;

const uniform =
  (limit: number, random: Random): Draw =>
  () =>
    (2 * random() - 1) * limit;

const normal =
  (deviation: number, random: Random, cutOff: number): Draw =>
  () =>
    truncatedNormal(random, cutOff) * deviation;

/** Keras divides by the standard deviation of a normal distribution cut off at two of its own. */
const scaledNormal = (variance: number, random: Random): Draw =>
  normal(Math.sqrt(variance) / 0.87962566103423978, random, 2);

type Initialize = (fans: Fans, random: Random) => Draw;

/** By Keras' snake_case names: those of the schema, and others that model files name. */
const initializers: Readonly<Record<Initializer, Initialize>> & Readonly<Record<string, Initialize>> = {
  zeros: () => constant(0),
  ones: () => constant(1),
  he_normal: ({ fanIn }, random) => scaledNormal(2 / fanIn, random),
  lecun_normal: ({ fanIn }, random) => scaledNormal(1 / fanIn, random),
  glorot_normal: ({ fanIn, fanOut }, random) => scaledNormal(2 / (fanIn + fanOut), random),
  he_uniform: ({ fanIn }, random) => uniform(Math.sqrt(6 / fanIn), random),
  lecun_uniform: ({ fanIn }, random) => uniform(Math.sqrt(3 / fanIn), random),
  glorot_uniform: ({ fanIn, fanOut }, random) => uniform(Math.sqrt(6 / (fanIn + fanOut)), random),
  random_uniform: (_, random) => uniform(0.05, random),
  random_normal: (_, random) => normal(0.05, random, 6),
  truncated_normal: (_, random) => normal(0.05, random, 2),
};

interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Keras' count of the values that one output takes in, and that one input goes out to. */
function fans(shape: Shape): Fans {
  const [inputs = 1, outputs = inputs] = shape.slice(-2);
  const taps = shape.slice(0, -2).reduce((product, n) => product * n, 1);
  return { fanIn: Math.max(1, taps * inputs), fanOut: Math.max(1, taps * outputs) };
}
