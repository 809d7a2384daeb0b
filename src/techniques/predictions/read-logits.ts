import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { ImagePixels, Model } from '../../model/model.ts';
import { batchSize } from '../batch-size.ts';
import { prefetch } from '../prefetch.ts';
import type { ComputeContext } from '../technique.ts';

/** Layers without an exponential, by Keras' names, beside those that only move values. */
const PLAIN_LAYERS = new Set([
  ...[
    'Conv2D',
    'DepthwiseConv2D',
    'SeparableConv2D',
    'Conv2DTranspose',
    'Dense',
    'BatchNormalization',
    'Rescaling',
  ],
  ...['MaxPooling2D', 'AveragePooling2D', 'GlobalMaxPooling2D', 'GlobalAveragePooling2D'],
  ...['Activation', 'ReLU', 'LeakyReLU', 'PReLU', 'ThresholdedReLU'],
  ...['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate'],
]);
const PLAIN_ACTIVATIONS = new Set([
  'linear',
  'relu',
  'relu6',
  'leaky_relu',
  'hard_sigmoid',
  'hard_swish',
  'hard_silu',
]);
/** Native TensorFlow computes so many exponentials at once, and those left over to other bits: which they are depends on the batch. */
const VECTOR = 16;

/** Backends of which a batch is known to give the bits that its images give alone. */
const BATCHING = ['wasm', 'cpu', 'tensorflow'];

/** What the network gives for an image before a last softmax or sigmoid. */
export interface ImageLogits {
  /** The experiment's image, by index. */
  readonly image: number;
  readonly pixels: ImagePixels;
  /** float32 [units] */
  readonly logits: Float32Array;
}

const FINDING = { finding: 'logits', version: 1 } as const;

/**
 * Logits of images in the order given, in batches where the results are the same bits as one by one. Holds two batches at a time, however
 * many images there are. What is found is kept for each image: other settings run no model. Ends early when the signal aborts.
 *
 * @param layer whose output is the logits
 * @param bare before the layer's own activation
 */
export async function* readLogits(
  context: Pick<ComputeContext, 'model' | 'tf' | 'pixels' | 'partial' | 'signal'>,
  layer: number,
  bare: boolean,
  images: readonly number[],
): AsyncIterable<ImageLogits> {
  const { model, partial, signal } = context;
  const size = batchOf(context, layer);
  const batches = Array.from({ length: Math.ceil(images.length / size) }, (_, index) =>
    images.slice(index * size, (index + 1) * size),
  );
  const about = { bare };
  const load = (batch: readonly number[]) =>
    Promise.all(
      batch.map(async (image) => ({
        image,
        pixels: await context.pixels(image),
        kept: await partial.read({ ...FINDING, layer, image, about }),
      })),
    );
  for await (const [, loaded] of prefetch(batches, load)) {
    if (signal.aborted) return;
    const missing = loaded.filter(({ kept }) => kept === undefined);
    const units = model.layers[layer]!.outputShape.at(-1)!;
    const computed = missing.length > 0 ? await run(context, layer, bare, missing) : new Float32Array();
    const found = new Map(
      missing.map(({ image }, at) => [image, computed.slice(at * units, (at + 1) * units)]),
    );
    for (const [image, logits] of found) {
      await partial.write({ ...FINDING, layer, image, about }, new Uint8Array(logits.buffer));
    }
    for (const { image, pixels, kept } of loaded) {
      yield { image, pixels, logits: found.get(image) ?? new Float32Array(Uint8Array.from(kept!).buffer) };
    }
  }
}

/** float32 [images, units] */
async function run(
  { model, tf }: Pick<ComputeContext, 'model' | 'tf'>,
  layer: number,
  bare: boolean,
  images: readonly { readonly pixels: ImagePixels }[],
): Promise<Float32Array> {
  const inputs = images.map(({ pixels }) => model.input(pixels));
  const input = inputs.length === 1 ? inputs[0]! : (tf.concat(inputs, 0) as Tensor4D);
  const trace = model.trace(input, layer, { preactivation: bare, rules: [] });
  try {
    return (await trace.output.data()) as Float32Array;
  } finally {
    trace.dispose();
    tf.dispose([...inputs, input]);
  }
}

function batchOf({ model, tf }: Pick<ComputeContext, 'model' | 'tf'>, layer: number): number {
  const backend = tf.getBackend();
  if (!BATCHING.includes(backend) || (backend === 'tensorflow' && !isPlain(model, layer))) return 1;
  const { inputShape } = model.network;
  return batchSize(model.layers, layer, inputShape, [inputShape[0], inputShape[1]]);
}

/** Whether no layer before computes exponentials of maps that leave some over. */
function isPlain({ network, layers }: Model, layer: number): boolean {
  return layers.slice(0, layer).every(({ index, kind, outputShape, type }) => {
    const values = outputShape.reduce((product, n) => product * n, 1);
    if (values % VECTOR === 0 || kind === 'input' || kind === 'shape' || kind === 'identity') return true;
    const { activation = 'linear' } = network.nodes[index]!.config;
    return PLAIN_LAYERS.has(type) && typeof activation === 'string' && PLAIN_ACTIVATIONS.has(activation);
  });
}
