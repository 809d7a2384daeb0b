import { PREPROCESS } from '../schema/model-words.ts';
import type { Preprocess } from '../schema/model-words.ts';

/** value = (pixel - mean)·scale for each output channel, which shows the given channel of the image. */
export interface Channel {
  /** Of the image: 0 red, 1 green, 2 blue. */
  readonly from: number;
  readonly mean: number;
  readonly scale: number;
}

const rgb = (of: (channel: number) => Omit<Channel, 'from'>): readonly Channel[] =>
  [0, 1, 2].map((from) => ({ from, ...of(from) }));

const TORCH_MEAN = [0.485, 0.456, 0.406];
const TORCH_DEVIATION = [0.229, 0.224, 0.225];

/**
 * As keras.applications.imagenet_utils.preprocess_input names them. caffe is BGR, less ImageNet's mean colour; hed the
 * same with the digits of Xie and Tu's holistically-nested edge detection; lite that of EfficientNet-Lite.
 */
const channels: Readonly<Record<Preprocess, readonly Channel[]>> = {
  none: rgb(() => ({ mean: 0, scale: 1 })),
  unit: rgb(() => ({ mean: 0, scale: 1 / 255 })),
  tf: rgb(() => ({ mean: 127.5, scale: 1 / 127.5 })),
  caffe: [
    { from: 2, mean: 103.939, scale: 1 },
    { from: 1, mean: 116.779, scale: 1 },
    { from: 0, mean: 123.68, scale: 1 },
  ],
  hed: [
    { from: 2, mean: 104.00699, scale: 1 },
    { from: 1, mean: 116.66877, scale: 1 },
    { from: 0, mean: 122.67892, scale: 1 },
  ],
  lite: rgb(() => ({ mean: 127, scale: 1 / 128 })),
  torch: rgb((c) => ({ mean: 255 * TORCH_MEAN[c]!, scale: 1 / (255 * TORCH_DEVIATION[c]!) })),
};

/** How each channel of the network's input is made from a pixel of 0..255. */
export function inputChannels(preprocess: Preprocess, count: 1 | 3): readonly Channel[] {
  return channels[preprocess].slice(0, count);
}

/** Those that a network of grey images can be fed with: the same for each channel, since means of colours say nothing of grey. */
export const GREY_PREPROCESS: readonly Preprocess[] = PREPROCESS.filter((name) => {
  const [first, ...others] = channels[name];
  return others.every(({ mean, scale }) => mean === first!.mean && scale === first!.scale);
});

/** Least and greatest value a pixel can become, over all channels. */
export function valueRange(preprocess: Preprocess): readonly [number, number] {
  const ends = channels[preprocess].map(({ mean, scale }) => [-mean * scale, (255 - mean) * scale] as const);
  return [Math.min(...ends.map(([low]) => low)), Math.max(...ends.map(([, high]) => high))];
}

/** Which channel of the network's input shows red, which green, and which blue. */
export function colourChannels(preprocess: Preprocess): readonly [number, number, number] {
  const order: [number, number, number] = [0, 1, 2];
  for (const [channel, { from }] of channels[preprocess].entries()) order[from] = channel;
  return order;
}

/**
 * uint8 [height, width, from] (0..255) to float32 [height, width, to]. Grey images fill every channel; colour
 * becomes grey by ITU-R BT.601's weights.
 */
export function preprocessPixels(
  data: Uint8Array,
  from: 1 | 3,
  to: 1 | 3,
  preprocess: Preprocess,
): Float32Array {
  const pixels = data.length / from;
  const values = new Float32Array(pixels * to);
  for (let c = 0; c < to; c++) {
    const { from: channel, mean, scale } = channels[preprocess][c]!;
    for (let i = 0; i < pixels; i++) {
      values[i * to + c] = (pixelAt(data, i, from, to, channel) - mean) * scale;
    }
  }
  return values;
}

function pixelAt(data: Uint8Array, i: number, from: 1 | 3, to: 1 | 3, channel: number): number {
  if (from === 1) return data[i]!;
  if (to === 3) return data[i * 3 + channel]!;
  return 0.299 * data[i * 3]! + 0.587 * data[i * 3 + 1]! + 0.114 * data[i * 3 + 2]!;
}
