import type { NetworkNode } from '../network.ts';
import { CLASSES } from './imagenet-network.ts';
import { LayerChain } from './layer-chain.ts';
import { depth, V2_STAGES, V3_SMALL_BLOCKS } from './mobilenet-shapes.ts';
import type { ZooOptions } from './zoo-model.ts';

/** Convolution `<name>.0`, normalization `<name>.1` and activation `<name>.2`, as torchvision calls them. */
class TorchChain extends LayerChain {
  readonly #epsilon: number;

  constructor(epsilon: number) {
    super();
    this.#epsilon = epsilon;
  }

  norm(name: string): string {
    return this.add(name, 'BatchNormalization', { epsilon: this.#epsilon });
  }

  pointwise(name: string, filters: number, use_bias = false): string {
    return this.add(name, 'Conv2D', { filters, kernel_size: [1, 1], use_bias });
  }

  /** PyTorch pads alike on all sides, TensorFlow's `same` less above and on the left where the stride is 2. */
  windowed(
    name: string,
    type: string,
    kernel: number,
    stride: number,
    config: Readonly<Record<string, unknown>>,
  ): string {
    const half = (kernel - 1) / 2;
    if (stride > 1) this.add(`${name}.pad`, 'ZeroPadding2D', { padding: [half, half] });
    return this.add(name, type, {
      ...{ kernel_size: [kernel, kernel], strides: [stride, stride], use_bias: false, ...config },
      padding: stride > 1 ? 'valid' : 'same',
    });
  }
}

/** MobileNetV2 with the module names of torchvision. */
export function mobilenetV2Layers({ includeTop }: ZooOptions): readonly NetworkNode[] {
  const chain = new TorchChain(1e-5);
  const relu = (name: string): string => chain.add(name, 'ReLU', { max_value: 6 });
  chain.windowed('features.0.0', 'Conv2D', 3, 2, { filters: 32 });
  chain.norm('features.0.1');
  relu('features.0.2');
  let channels = 32;
  let block = 0;
  for (const [filters, blocks, first] of V2_STAGES) {
    for (let b = 0; b < blocks; b++) {
      const name = `features.${++block}`;
      const stride = b === 0 ? first : 1;
      const from = chain.last;
      let part = 0;
      if (block > 1) {
        chain.pointwise(`${name}.conv.0.0`, 6 * channels);
        chain.norm(`${name}.conv.0.1`);
        relu(`${name}.conv.0.2`);
        part = 1;
      }
      chain.windowed(`${name}.conv.${part}.0`, 'DepthwiseConv2D', 3, stride, {});
      chain.norm(`${name}.conv.${part}.1`);
      relu(`${name}.conv.${part}.2`);
      chain.pointwise(`${name}.conv.${part + 1}`, filters);
      chain.norm(`${name}.conv.${part + 2}`);
      if (stride === 1 && channels === filters) chain.add(`${name}.add`, 'Add', {}, [from, chain.last]);
      channels = filters;
    }
  }
  chain.pointwise('features.18.0', 1280);
  chain.norm('features.18.1');
  relu('features.18.2');
  if (includeTop) {
    chain.add('avgpool', 'GlobalAveragePooling2D');
    chain.add('classifier.1', 'Dense', { units: CLASSES, activation: 'softmax' });
  }
  return chain.nodes;
}

/** MobileNetV3 Small with the module names of torchvision. */
export function mobilenetV3SmallLayers({ includeTop }: ZooOptions): readonly NetworkNode[] {
  const chain = new TorchChain(1e-3);
  const activation = (name: string, hard: boolean): string =>
    hard ? chain.add(name, 'Activation', { activation: 'hard_swish' }) : chain.add(name, 'ReLU');
  chain.windowed('features.0.0', 'Conv2D', 3, 2, { filters: 16 });
  chain.norm('features.0.1');
  activation('features.0.2', true);
  let channels = 16;
  for (const [i, [inside, filters, kernel, stride, squeezes, hard]] of V3_SMALL_BLOCKS.entries()) {
    const name = `features.${i + 1}`;
    const from = chain.last;
    let part = 0;
    if (inside !== channels) {
      const expanded = `${name}.block.${part++}`;
      chain.pointwise(`${expanded}.0`, inside);
      chain.norm(`${expanded}.1`);
      activation(`${expanded}.2`, hard);
    }
    const depthwise = `${name}.block.${part++}`;
    chain.windowed(`${depthwise}.0`, 'DepthwiseConv2D', kernel, stride, {});
    chain.norm(`${depthwise}.1`);
    activation(`${depthwise}.2`, hard);
    if (squeezes) squeezeAndExcite(chain, `${name}.block.${part++}`, inside);
    const projected = `${name}.block.${part}`;
    chain.pointwise(`${projected}.0`, filters);
    chain.norm(`${projected}.1`);
    if (stride === 1 && channels === filters) chain.add(`${name}.add`, 'Add', {}, [from, chain.last]);
    channels = filters;
  }
  chain.pointwise('features.12.0', 6 * channels);
  chain.norm('features.12.1');
  activation('features.12.2', true);
  if (includeTop) {
    chain.add('avgpool', 'GlobalAveragePooling2D');
    chain.add('classifier.0', 'Dense', { units: 1024 });
    activation('classifier.1', true);
    chain.add('classifier.2', 'Dropout', { rate: 0.2 });
    chain.add('classifier.3', 'Dense', { units: CLASSES, activation: 'softmax' });
  }
  return chain.nodes;
}

function squeezeAndExcite(chain: TorchChain, name: string, channels: number): void {
  const map = chain.last;
  chain.add(`${name}.avgpool`, 'GlobalAveragePooling2D', { keepdims: true });
  chain.pointwise(`${name}.fc1`, depth(channels / 4), true);
  chain.add(`${name}.activation`, 'ReLU');
  chain.pointwise(`${name}.fc2`, channels, true);
  const gate = chain.add(`${name}.scale_activation`, 'Activation', { activation: 'hard_sigmoid' });
  chain.add(`${name}.mul`, 'Multiply', {}, [map, gate]);
}
