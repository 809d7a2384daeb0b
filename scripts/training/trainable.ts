/**
 * A network of the zoo as it is while it is trained: every convolution is followed by batch normalization, which is
 * folded into kernel and bias when training is over.
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { type BatchStatistics, normalizeBatch } from '../../src/backend/native/batch-norm.ts';
import { tf } from '../../src/backend/tf.ts';
import { buildGraph, type GraphLayer } from '../../src/model/graph.ts';
import { applyActivation } from '../../src/model/layers/activation-functions.ts';
import type { Run } from '../../src/model/layers/layer-type.ts';
import type { NodeWeights, Weights } from '../../src/model/network.ts';
import { constant, heNormal, type Parameter, type Parameters, type ParameterTensors } from './parameters.ts';
import type { Recipe } from './recipe.ts';

export interface Trainable {
  /** Before the first step. */
  readonly initial: (seed: number) => Map<string, Parameter>;
  /** Moving means and variances before the first step. */
  readonly initialStatistics: () => Map<string, Float32Array>;
  /** Differentiable; runs in a tidy. `dropped` is a mask for the input of the last layer, already scaled. */
  readonly forward: (
    parameters: ParameterTensors,
    input: Tensor4D,
    dropped: Tensor2D,
    tell: (layer: string, statistics: BatchStatistics) => void,
  ) => { readonly logits: Tensor2D; readonly costs: readonly Scalar[] };
  /** The network's weights, batch normalization folded in. */
  readonly fold: (parameters: Parameters, statistics: ReadonlyMap<string, Float32Array>) => Weights;
  /** Values at the input of the last layer. */
  readonly features: number;
}

const EPSILON = 1e-3;

export function createTrainable({ network, activityCost, kernelForms }: Recipe): Trainable {
  const bare = network.nodes.map((node) => {
    if (node.type === 'Conv2D')
      return { ...node, config: { ...node.config, use_bias: false, activation: 'linear' } };
    return node.type === 'Dense' ? { ...node, config: { ...node.config, activation: 'linear' } } : node;
  });
  const graph = buildGraph({ ...network, nodes: bare }, { file: network.name });
  const activations = network.nodes.map(({ config }) => config['activation']);
  const last = graph[graph.length - 1]!;
  const run: Run = { tf, activate: (activation, x) => applyActivation(tf, activation, x) };

  return {
    features: last.layer.weights[0]!.shape[0]!,

    initial(seed) {
      const all = new Map<string, Parameter>();
      for (const { node, layer } of graph) {
        const [kernel] = layer.weights;
        if (!kernel) continue;
        const name = `${node.name}/kernel`;
        const fanIn = kernel.shape.slice(0, -1).reduce((product, n) => product * n, 1);
        const units = kernel.shape[kernel.shape.length - 1]!;
        const form = kernelForms[node.name];
        if (form) all.set(name, form.initial(name, kernel.shape, seed));
        // From nothing, so that the first loss is that of a guess, however large the values are that come in.
        else if (node.name === last.node.name) all.set(name, constant(kernel.shape, 0));
        else all.set(name, heNormal(name, kernel.shape, fanIn, seed));
        if (node.type === 'Dense') all.set(`${node.name}/bias`, constant([units], 0));
        else {
          all.set(`${node.name}/gamma`, constant([units], 1));
          all.set(`${node.name}/beta`, constant([units], 0));
        }
      }
      return all;
    },

    initialStatistics() {
      const all = new Map<string, Float32Array>();
      for (const { node, layer } of convolutions(graph)) {
        const units = layer.outputShape[2]!;
        all.set(`${node.name}/mean`, new Float32Array(units));
        all.set(`${node.name}/variance`, new Float32Array(units).fill(1));
      }
      return all;
    },

    forward(parameters, input, dropped, tell) {
      const costs: Scalar[] = [];
      const own = (layer: GraphLayer, name: string): Tensor => parameters[`${layer.node.name}/${name}`]!;
      let x: Tensor = input;
      for (const layer of graph) {
        const { node } = layer;
        if (node.type === 'InputLayer') continue;
        if (layer === last) x = tf.mul(x, dropped);
        if (node.type === 'Conv2D') {
          const form = kernelForms[node.name];
          const kernel = form ? form.kernel(own(layer, 'kernel')) : own(layer, 'kernel');
          if (form) costs.push(form.cost(kernel as Tensor4D));
          x = layer.layer.forward(run, [x], { kernel });
          const [gamma, beta] = [own(layer, 'gamma') as Tensor1D, own(layer, 'beta') as Tensor1D];
          x = normalizeBatch(x as Tensor4D, gamma, beta, EPSILON, (seen) => tell(node.name, seen));
        } else if (node.type === 'Dense') {
          x = layer.layer.forward(run, [x], { kernel: own(layer, 'kernel'), bias: own(layer, 'bias') });
        } else x = layer.layer.forward(run, [x], {});
        if (activations[layer.index] === 'relu') x = tf.relu(x);
        const cost = activityCost[node.name];
        if (cost !== undefined) costs.push(tf.mul(tf.mean(x), cost));
      }
      return { logits: x as Tensor2D, costs };
    },

    fold(parameters, statistics) {
      const own = ({ node }: GraphLayer, name: string): Float32Array =>
        parameters.get(`${node.name}/${name}`)!.data;
      const weights = new Map<string, NodeWeights>();
      for (const layer of graph) {
        const [spec] = layer.layer.weights;
        if (!spec) continue;
        const { name } = layer.node;
        const units = [spec.shape[spec.shape.length - 1]!];
        const form = kernelForms[name];
        const kernel = form
          ? tf.tidy(() => made(form.kernel, parameters.get(`${name}/kernel`)!))
          : own(layer, 'kernel');
        const folded =
          layer.node.type === 'Dense'
            ? { kernel, bias: own(layer, 'bias') }
            : foldConvolution(kernel, {
                gamma: own(layer, 'gamma'),
                beta: own(layer, 'beta'),
                mean: statistics.get(`${name}/mean`)!,
                variance: statistics.get(`${name}/variance`)!,
              });
        weights.set(
          name,
          new Map([
            ['kernel', { shape: spec.shape, data: folded.kernel }],
            ['bias', { shape: units, data: folded.bias }],
          ]),
        );
      }
      return weights;
    },
  };
}

const convolutions = (graph: readonly GraphLayer[]): readonly GraphLayer[] =>
  graph.filter(({ node }) => node.type === 'Conv2D');

const made = (kernel: (free: Tensor) => Tensor4D, { shape, data }: Parameter): Float32Array =>
  kernel(tf.tensor(data.slice(), [...shape], 'float32'))
    .dataSync<'float32'>()
    .slice();

/** Each filter is multiplied with gamma / sqrt(variance + epsilon), and what its mean is then goes into the bias. */
export function foldConvolution(
  kernel: Float32Array,
  norm: Readonly<Record<'gamma' | 'beta' | 'mean' | 'variance', Float32Array>>,
): { kernel: Float32Array; bias: Float32Array } {
  const { gamma, beta, mean, variance } = norm;
  const scale = gamma.map((g, i) => g / Math.sqrt(variance[i]! + EPSILON));
  return {
    kernel: kernel.map((value, i) => value * scale[i % scale.length]!),
    bias: beta.map((b, i) => b - mean[i]! * scale[i]!),
  };
}
