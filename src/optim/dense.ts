import type { LayersModel, Scalar, SGDOptimizer, Tensor, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../backend/tf.ts';
import { inputChannels } from '../model/preprocess.ts';
import type { Random } from '../random.ts';
import { randomFrom, truncatedNormal } from '../random.ts';
import type { AscentResult, TracedLayer, Schedule, Start } from './ascend.ts';
import type { Ascent } from './dream.ts';
import { toFrame } from './frame.ts';
import type { Frame } from './frame.ts';
import type { MethodSettings } from './method-settings.ts';
import { transformsOf } from './method-settings.ts';
import { signalOf } from './objective.ts';
import type { Objective } from './objective.ts';
import { GREY } from './float-image.ts';
import type { FloatImage, Size } from './float-image.ts';
import { shareOf } from './optimizer.ts';
import { TV_SOFTNESS } from './regularizer.ts';
import { drawPlacement } from './transform.ts';

/**
 * An image as the weights of a layer: an input of a single unit that is always 1, a dense layer without bias whose weights are
 * the image (less grey), a reshape, and the frozen network with the objective as its only output. Training it by stochastic
 * gradient descent on minus that output is gradient ascent on the image, done by the ordinary training of TensorFlow.js.
 */
export const trainDense =
  (settings: MethodSettings, channels: 1 | 3): Ascent =>
  async (traced, schedule, starts, moves, signal) => {
    const results: AscentResult[] = [];
    for (const start of starts) {
      const result = await train(traced, settings, channels, schedule, start, randomFrom(moves), signal);
      if (!result) return undefined;
      results.push(result);
    }
    return results;
  };

async function train(
  traced: TracedLayer,
  settings: MethodSettings,
  channels: 1 | 3,
  schedule: Schedule,
  start: Start,
  moves: Random,
  signal: AbortSignal,
): Promise<AscentResult | undefined> {
  const { size } = schedule.stages.at(-1)!;
  const { model, optimizer, frozen, image, clip, dispose } = buildModel(
    traced,
    settings,
    channels,
    size,
    start,
  );
  const one = tf.ones([1, 1]);
  const transforms = transformsOf(settings);
  const curve: number[] = [];
  const frames: Frame[] = [];
  const steps = schedule.stages.reduce((sum, stage) => sum + stage.steps, 0);
  let silent = 0;
  try {
    for (let step = 0; step < steps; step++) {
      if (signal.aborted) return undefined;
      if (schedule.frames.includes(step)) frames.push(toFrame(step, await image(), size));
      frozen.rule = step < schedule.redirected ? 'redirected' : 'gradient';
      frozen.shift = transforms ? drawPlacement(transforms, moves).shift : [0, 0];
      optimizer.setLearningRate(settings.learning_rate * shareOf(step, steps));
      await model.trainOnBatch(one, one);
      clip();
      const { value, strength } = await frozen.measured();
      curve.push(value);
      silent = strength === 0 ? silent + 1 : 0;
      if (frozen.rule === 'gradient' && silent > schedule.patience) {
        return { image: await image(), curve, frames, blocked: true };
      }
    }
    if (schedule.frames.includes(steps)) frames.push(toFrame(steps, await image(), size));
    return { image: await image(), curve, frames, blocked: false };
  } finally {
    one.dispose();
    dispose();
  }
}

function buildModel(
  traced: TracedLayer,
  settings: MethodSettings,
  channels: 1 | 3,
  { height, width }: Size,
  { objective, random }: Start,
): {
  readonly model: LayersModel;
  readonly optimizer: SGDOptimizer;
  readonly frozen: FrozenNetwork;
  readonly image: () => Promise<FloatImage>;
  /** What lies beyond black and white cannot be shown, and may not be learned either. */
  readonly clip: () => void;
  readonly dispose: () => void;
} {
  const shape = [height, width, channels] as const;
  const input = tf.input({ shape: [1] });
  const dense = tf.layers.dense({
    units: height * width * channels,
    useBias: false,
    kernelInitializer: 'zeros',
  });
  const frozen = new FrozenNetwork(traced, objective);
  const weights = tf.layers.reshape({ targetShape: [...shape] }).apply(dense.apply(input));
  const model = tf.model({ inputs: input, outputs: frozen.apply(weights) as never });
  const optimizer = tf.train.sgd(settings.learning_rate);
  model.compile({
    optimizer,
    loss: (_: Tensor, activation: Tensor) => tf.neg(tf.mean(activation)),
  });
  const [kernel] = dense.trainableWeights;
  dense.addLoss(() => regularization(kernel!.read(), shape, settings));
  const begin = tf.tensor2d(
    Float32Array.from({ length: height * width * channels }, () => 0.01 * truncatedNormal(random, 4)),
    [1, height * width * channels],
  );
  kernel!.write(begin);
  begin.dispose();
  return {
    model,
    optimizer,
    frozen,
    image: async () => {
      const values = tf.tidy(() => tf.transpose(tf.reshape(kernel!.read(), [...shape]), [2, 0, 1]));
      const data = Float32Array.from(await values.data(), (value) => value + GREY);
      values.dispose();
      return { height, width, channels, data };
    },
    clip: () => {
      tf.tidy(() => void kernel!.write(tf.clipByValue(kernel!.read(), -GREY, 1 - GREY)));
    },
    dispose: () => {
      frozen.dispose();
      model.dispose();
      optimizer.dispose();
    },
  };
}

/** The network up to one layer, and the objective on its output. Takes images less grey, as the weights are. */
class FrozenNetwork extends tf.layers.Layer {
  static readonly className = 'FrozenNetwork';
  rule: 'gradient' | 'redirected' = 'gradient';
  /** Rows and columns that the image is moved by. */
  shift: readonly [number, number] = [0, 0];
  #value: Tensor | undefined;
  #strength: Tensor | undefined;

  constructor(
    private readonly traced: TracedLayer,
    private readonly objective: Objective,
  ) {
    super({ trainable: false });
  }

  override computeOutputShape(): number[] {
    return [1, 1];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const weights = (Array.isArray(inputs) ? inputs[0]! : inputs) as Tensor4D;
    return tf.tidy(() => this.objectiveGradient(shiftImage(weights, this.shift)));
  }

  /** How large the objective was, and the gradient that came back, in the latest step. */
  async measured(): Promise<{ value: number; strength: number }> {
    const [value] = await this.#value!.data();
    const [strength] = await this.#strength!.data();
    return { value: value!, strength: strength! };
  }

  override dispose(): { refCountAfterDispose: number; numDisposedVariables: number } {
    tf.dispose([this.#value, this.#strength].filter((tensor) => tensor !== undefined));
    this.#value = this.#strength = undefined;
    return { refCountAfterDispose: 0, numDisposedVariables: 0 };
  }

  /** The objective; the gradient that comes back is brought to a root mean square of 1, so that one rate suits every layer. */
  private objectiveGradient(image: Tensor4D): Tensor {
    const { model, layer, preactivation } = this.traced;
    const rules = inputChannels(model.network.preprocess, image.shape[3] as 1 | 3);
    const plane = (x: Tensor4D, c: number): Tensor4D => tf.slice(x, [0, 0, 0, c], [-1, -1, -1, 1]);
    const custom = tf.customGrad((x, save) => {
      const shown = rules.map(({ from, mean, scale }): Tensor4D =>
        tf.mul(tf.sub(tf.mul(tf.add(plane(x as Tensor4D, from), GREY), 255), mean), scale),
      );
      const trace = model.trace(tf.concat(shown, 3), layer, { preactivation, rules: [this.rule] });
      const signal = signalOf([this.objective], trace.output.shape.slice(1));
      const value = tf.sum(tf.mul(trace.output, signal));
      const back = trace.backward(signal, { rule: this.rule });
      trace.dispose();
      const planes = rules.map((_, from): Tensor4D => {
        const c = rules.findIndex((rule) => rule.from === from);
        return tf.mul(plane(back, c), rules[c]!.scale);
      });
      const gradient = tf.concat(planes, 3);
      const strength = tf.sqrt(tf.mean(tf.square(gradient)));
      this.dispose();
      this.#value = tf.keep(tf.clone(value));
      this.#strength = tf.keep(tf.clone(strength));
      const even = tf.div(gradient, tf.where(tf.greater(strength, 0), strength, tf.onesLike(strength)));
      (save as (tensors: Tensor[]) => void)([even]);
      return {
        value: tf.reshape(value, [1, 1]),
        gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(saved[0]!, tf.reshape(dy, [1, 1, 1, 1])),
      };
    });
    return custom(image);
  }
}

/** An image moved; what comes in over the border is grey, and weights are less grey: zero. */
function shiftImage(weights: Tensor4D, [down, across]: readonly [number, number]): Tensor4D {
  if (down === 0 && across === 0) return weights;
  const [, height, width, channels] = weights.shape;
  const [rows, columns] = [Math.abs(down), Math.abs(across)];
  const padded = tf.pad(weights, [
    [0, 0],
    [rows, rows],
    [columns, columns],
    [0, 0],
  ]);
  return tf.slice(padded, [0, rows + down, columns + across, 0], [1, height, width, channels]);
}

/** l2/2 · Σ w² and total variation, of weights that are an image. */
function regularization(
  weights: Tensor,
  [height, width, channels]: readonly [number, number, number],
  { l2, total_variation: variation }: MethodSettings,
): Scalar {
  return tf.tidy(() => {
    const image = tf.reshape(weights, [height, width, channels]);
    const difference = (down: number, across: number): Tensor => {
      const size = [height - down, width - across, channels];
      return tf.sub(tf.slice(image, [down, across, 0], size), tf.slice(image, [0, 0, 0], size));
    };
    const soft = (x: Tensor): Tensor => tf.sum(tf.sqrt(tf.add(tf.square(x), TV_SOFTNESS * TV_SOFTNESS)));
    return tf.add(
      tf.mul(tf.sum(tf.square(image)), l2 / 2),
      tf.mul(tf.add(soft(difference(1, 0)), soft(difference(0, 1))), variation),
    );
  });
}
