import type { GraphLayer } from './graph.ts';
import type { Shape, WeightSpec } from './layers/layer-type.ts';
import type { NodeWeights, Weights } from './network.ts';
import type { Random } from './random.ts';
import { randomFrom, truncatedNormal } from './random.ts';

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
  const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
  const { fanIn, fanOut } = fans(shape);
  // Keras divides by the standard deviation of a normal distribution cut off at two of its own.
  const normal = (variance: number): Float32Array => {
    const scale = Math.sqrt(variance) / 0.87962566103423978;
    return data.map(() => truncatedNormal(random, 2) * scale);
  };
  const uniform = (limit: number): Float32Array => data.map(() => (2 * random() - 1) * limit);
  switch (initializer) {
    case 'zeros':
      return data;
    case 'ones':
      return data.fill(1);
    case 'he_normal':
      return normal(2 / fanIn);
    case 'lecun_normal':
      return normal(1 / fanIn);
    case 'glorot_normal':
      return normal(2 / (fanIn + fanOut));
    case 'he_uniform':
      return uniform(Math.sqrt(6 / fanIn));
    case 'lecun_uniform':
      return uniform(Math.sqrt(3 / fanIn));
    case 'random_uniform':
      return uniform(0.05);
    case 'random_normal':
      return data.map(() => truncatedNormal(random, 6) * 0.05);
    case 'truncated_normal':
      return data.map(() => truncatedNormal(random, 2) * 0.05);
    default:
      return uniform(Math.sqrt(6 / (fanIn + fanOut)));
  }
}

/** Keras' count of the values that one output takes in, and that one input goes out to. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const [inputs = 1, outputs = inputs] = shape.slice(-2);
  const taps = shape.slice(0, -2).reduce((product, n) => product * n, 1);
  return { fanIn: Math.max(1, taps * inputs), fanOut: Math.max(1, taps * outputs) };
}
