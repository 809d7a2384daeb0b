import type { Tensor4D } from '@tensorflow/tfjs-core';
import { samplesAtOnce } from '../../backend/repeats.ts';
import type { Model } from '../../model/model.ts';
import type { BackwardRule } from '../../model/model.ts';
import { thereAndBack } from '../../model/there-and-back.ts';
import type { Tf } from '../../model/layers/basic-types.ts';
import { signalOf } from '../../optim/objective.ts';
import type { Objective } from '../../optim/objective.ts';
import { batchSize } from '../batch-size.ts';

/** The layer whose values are explained; `preactivation`: before its own activation. */
export interface ScoreLayer {
  readonly layer: number;
  readonly preactivation: boolean;
}

/** An input of the network after preprocessing: float32 [height, width, channels]. */
export interface Input {
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly data: Float32Array;
}

/** Runs inputs through a network in batches that fit into memory. No sample's result depends on another's. */
export class Scoring {
  /** Inputs that go through the network together. */
  readonly atOnce: number;

  constructor(
    readonly model: Model,
    readonly tf: Tf,
    readonly at: ScoreLayer,
  ) {
    const { inputShape } = model.network;
    const fitting = batchSize(model.layers, at.layer, inputShape, [inputShape[0], inputShape[1]]);
    this.atOnce = Math.min(fitting, samplesAtOnce() ?? fitting);
  }

  /** The same layer of another model of this architecture. */
  of(model: Model): Scoring {
    return new Scoring(model, this.tf, this.at);
  }

  /** Of the layer's output, without the batch axis. */
  get outputShape(): readonly number[] {
    return this.model.layers[this.at.layer]!.outputShape;
  }

  /**
   * The layer's outputs for `count` inputs of one shape, in order.
   * @param fill writes the input at an index into an array of zeros
   */
  async *outputs(
    shape: Input['shape'],
    count: number,
    fill: (index: number, into: Float32Array) => void,
  ): AsyncGenerator<Float32Array> {
    const { layer, preactivation } = this.at;
    for (const input of this.#batches(shape, count, fill)) {
      const [output] = this.model.repeat(`output ${layer} ${preactivation}`, [input], ([inputs]) => {
        const trace = this.model.trace(inputs as Tensor4D, layer, { preactivation, rules: [] });
        const own = trace.output.clone();
        trace.dispose();
        return [own];
      });
      try {
        const values = (await output!.data()) as Float32Array;
        const each = values.length / input.shape[0];
        for (let at = 0; at < values.length; at += each) yield values.slice(at, at + each);
      } finally {
        this.tf.dispose([output!, input]);
      }
    }
  }

  /** The derivative of an objective with respect to each of `count` inputs, in order: float32 [height, width, channels]. */
  async *gradients(
    shape: Input['shape'],
    count: number,
    fill: (index: number, into: Float32Array) => void,
    objective: Objective,
    rule: BackwardRule = 'gradient',
  ): AsyncGenerator<Float32Array> {
    const each = shape[0] * shape[1] * shape[2];
    for (const input of this.#batches(shape, count, fill)) {
      const objectives = Array.from({ length: input.shape[0] }, () => objective);
      const { layer, preactivation } = this.at;
      const signal = signalOf(objectives, this.outputShape);
      const { output, gradient } = thereAndBack(this.model, input, signal, { layer, preactivation, rule });
      try {
        const values = (await gradient.data()) as Float32Array;
        for (let at = 0; at < values.length; at += each) yield values.subarray(at, at + each);
      } finally {
        this.tf.dispose([output, gradient, signal, input]);
      }
    }
  }

  *#batches(
    [height, width, channels]: Input['shape'],
    count: number,
    fill: (index: number, into: Float32Array) => void,
  ): Generator<Tensor4D> {
    const each = height * width * channels;
    for (let first = 0; first < count; first += this.atOnce) {
      const size = Math.min(this.atOnce, count - first);
      const values = new Float32Array(size * each);
      for (let i = 0; i < size; i++) fill(first + i, values.subarray(i * each, (i + 1) * each));
      yield this.tf.tensor4d(values, [size, height, width, channels]);
    }
  }
}

/**
 * An objective's value, from the layer's output for one input. Summed in float64.
 * @param shape of the output: [height, width, channels] or [units]
 */
export function scoreOf(
  output: Float32Array,
  shape: readonly number[],
  { channels, where }: Objective,
): number {
  const depth = shape.at(-1)!;
  const [height, width] = shape.length === 3 ? [shape[0]!, shape[1]!] : [1, 1];
  const middle = Math.floor(height / 2) * width + Math.floor(width / 2);
  let total = 0;
  for (const { channel, weight } of channels) {
    if (where === 'center') {
      total += weight * output[middle * depth + channel]!;
      continue;
    }
    let sum = 0;
    for (let at = channel; at < output.length; at += depth) sum += output[at]!;
    total += (weight * sum) / (height * width);
  }
  return total;
}

/** All values of one input, one after the other. */
export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
