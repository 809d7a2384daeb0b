import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../../src/backend/tf.ts';
import type { Model } from '../../src/model/model.ts';
import { thereAndBack } from '../../src/model/there-and-back.ts';

/** A piece of work: VGG16 without its classifier at an input size, random weights (their values don't change the time). */
export interface Case {
  readonly name: string;
  readonly size: number;
  /** Images per run: times are per image. */
  readonly batch: number;
  /** Runs once and waits for the numbers. */
  readonly run: (model: Model) => Promise<void>;
  /** The same work in Python: a layer and how many images at a time. */
  readonly peer?: { readonly layer: string; readonly batch: number };
  /** Too long a wait on other backends. */
  readonly nativeOnly?: boolean;
}

const BATCH = 8;
/** As large as the peers' users take it; a larger one is no faster for them. */
const PEER_BATCH = 4;

export const cases: readonly Case[] = [
  {
    name: 'forward, 224x224, last map',
    size: 224,
    batch: 1,
    run: (model) => forward(model, [model.layers.length - 1]),
  },
  {
    name: 'forward, 256x256, every convolution',
    size: 256,
    batch: 1,
    run: (model) =>
      forward(
        model,
        model.layers.filter(({ type }) => type === 'Conv2D').map(({ index }) => index),
      ),
  },
  ...['block3_conv1', 'block5_conv3'].flatMap((layer): Case[] => [
    {
      name: `ascent on ${layer}, by TensorFlow.js' tape`,
      size: 224,
      batch: 1,
      run: (model) => ascend(model, 1, (input) => gradientByTape(model, layer, input)),
    },
    {
      name: `ascent on ${layer}`,
      size: 224,
      batch: 1,
      run: (model) => ascend(model, 1, (input) => gradient(model, layer, input)),
      peer: { layer, batch: 1 },
    },
    {
      name: `ascent on ${layer}, each of ${BATCH} (peers: of ${PEER_BATCH})`,
      size: 224,
      batch: BATCH,
      run: (model) => ascend(model, BATCH, (input) => gradient(model, layer, input)),
      peer: { layer, batch: PEER_BATCH },
      nativeOnly: true,
    },
  ]),
];

async function forward(model: Model, layers: readonly number[]): Promise<void> {
  const input = images(model, 1);
  const maps = model.forward(input, layers);
  await Promise.all(maps.map((map) => map.data()));
  tf.dispose([input, ...maps]);
}

/** One step of gradient ascent with a normalized gradient. */
async function ascend(model: Model, batch: number, gradientAt: (input: Tensor4D) => Tensor): Promise<void> {
  const input = images(model, batch);
  const direction = gradientAt(input);
  const next = tf.tidy(() =>
    tf.add(input, tf.div(direction, tf.add(tf.sqrt(tf.mean(tf.square(direction))), 1e-8))),
  );
  await next.data();
  tf.dispose([input, direction, next]);
}

/** Of the mean of channel i for image i. */
function gradient(model: Model, layer: string, input: Tensor4D): Tensor {
  const index = indexOf(model, layer);
  const signal = channelMeans([input.shape[0], ...model.layers[index]!.outputShape]);
  const { output, gradient } = thereAndBack(model, input, signal, {
    layer: index,
    preactivation: false,
    rule: 'gradient',
  });
  tf.dispose([signal, output]);
  return gradient;
}

function gradientByTape(model: Model, layer: string, input: Tensor4D): Tensor {
  return tf.tidy(() => {
    const maps = (x: Tensor): Tensor => model.forward(x as Tensor4D, [indexOf(model, layer)])[0]!;
    return tf.grad((x: Tensor) => {
      const output = maps(x);
      return tf.sum(tf.mul(output, channelMeans(output.shape)));
    })(input);
  });
}

/** float32 [batch, height, width, channels]: 1/places where the channel's number is the image's. */
function channelMeans(shape: readonly number[]): Tensor {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  return tf.tidy(() => {
    const chosen = tf.cast(tf.oneHot(tf.range(0, batch, 1, 'int32'), channels), 'float32');
    const share = tf.reshape(tf.div(chosen, height * width), [batch, 1, 1, channels]);
    return tf.tile(share, [1, height, width, 1]);
  });
}

function indexOf(model: Model, layer: string): number {
  return model.layers.findIndex(({ name }) => name === layer);
}

/** Grey noise, the same each time. */
function images(model: Model, batch: number): Tensor4D {
  const [height, width] = model.network.inputShape;
  const data = new Uint8Array(height * width * 3).map((_, index) => (index * 7919) % 251);
  const one = model.input({ height, width, channels: 3, data });
  if (batch === 1) return one;
  const all = tf.tile(one, [batch, 1, 1, 1]);
  one.dispose();
  return all;
}
