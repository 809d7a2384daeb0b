/** What a model file does not say, guessed from what it does; every guess comes with its reason, for a comment. */
import { traitsOf } from '../model/layer-types.ts';
import type { Network } from '../model/network.ts';
import type { Preprocess } from '../schema/experiment.ts';

export interface Guess<T> {
  readonly value: T;
  /** One sentence. */
  readonly reason: string;
}

/** Families of keras.applications, by what their own preprocess_input does. The first pattern that fits counts. */
const FAMILIES: readonly (readonly [pattern: RegExp, family: string, preprocess: Preprocess])[] = [
  [
    /resnet\d*_?v2|mobilenet|inception|xception|nasnet/i,
    'MobileNet, Inception, Xception, NASNet and ResNetV2',
    'tf',
  ],
  [/densenet/i, 'DenseNet', 'torch'],
  [/vgg_?(?:16|19)|resnet_?\d+/i, 'VGG and ResNet', 'caffe'],
];

/** How pixels become numbers for a network whose file does not say. */
export function guessPreprocess({ name, nodes, inputShape }: Network): Guess<Preprocess> {
  const first = nodes.slice(0, 4).find(({ type }) => traitsOf(type).scalesPixels);
  if (first) {
    return {
      value: 'none',
      reason: `The network scales pixels itself, in its layer ${first.name} (${first.type}).`,
    };
  }
  const family = inputShape[2] === 3 ? FAMILIES.find(([pattern]) => pattern.test(name)) : undefined;
  if (family) {
    return {
      value: family[2],
      reason: `The network is called ${name}: keras.applications prepares images in this way for ${family[1]}.`,
    };
  }
  return {
    value: 'unit',
    reason: 'The file does not state how images were prepared. 0..1 is most common: change it if needed.',
  };
}

/** Input size for a network that takes any. */
export const ANY_SIZE: Guess<readonly [number, number]> = {
  value: [224, 224],
  reason: 'The network takes images of any size. Most are trained with 224 x 224.',
};
