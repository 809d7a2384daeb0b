import { IMAGENET } from '../imagenet-classes.ts';
import type { Network, NetworkNode } from '../network.ts';
import type { LayerChain } from './layer-chain.ts';
import type { ZooOptions } from './zoo-model.ts';

/** What classifiers of ImageNet's photographs have in common; all but those with dense layers behind maps take any size. */
export const imagenetClassifier = {
  ...{
    defaultInput: [224, 224] as const,
    channels: 3 as const,
    hasTop: true,
    anySize: true,
    classes: IMAGENET,
  },
};

/** A colour network of the zoo from its layers. */
export const colourNetwork = (
  name: string,
  { input: [height, width], preprocess }: ZooOptions,
  nodes: readonly NetworkNode[],
): Network => ({ ...{ name, format: 'zoo', preprocess, nodes }, inputShape: [height, width, 3] });

export const CLASSES = IMAGENET.length;

/** A max pooling of PyTorch with `ceil_mode`: a last window reaches over the edge where one is left over. @returns the size behind it */
export function addCeilPool(
  chain: LayerChain,
  name: string,
  size: readonly [number, number],
  window: 2 | 3,
): readonly [number, number] {
  const [height, width] = size.map((n) => {
    const overhang = (n - window) % 2 !== 0;
    return { overhang, out: Math.ceil((n - window) / 2) + 1 };
  }) as [{ overhang: boolean; out: number }, { overhang: boolean; out: number }];
  const pool = { pool_size: [window, window], strides: [2, 2] };
  if (height.overhang === width.overhang) {
    // TensorFlow's `same` adds one row behind, as there, and knows that it is no value.
    chain.add(name, 'MaxPooling2D', { ...pool, padding: height.overhang ? 'same' : 'valid' });
  } else {
    // Behind a ReLU a zero is never a new maximum.
    chain.add(`${name}.pad`, 'ZeroPadding2D', {
      padding: [
        [0, height.overhang ? 1 : 0],
        [0, width.overhang ? 1 : 0],
      ],
    });
    chain.add(name, 'MaxPooling2D', { ...pool, padding: 'valid' });
  }
  return [height.out, width.out];
}
