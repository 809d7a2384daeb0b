import type { NetworkNode } from '../network.ts';
import { CLASSES } from './imagenet-network.ts';
import { LayerChain } from './layer-chain.ts';
import type { ZooOptions } from './zoo-model.ts';

/** Module, filters, kernel; `halves` with stride 2 and without padding. */
type Step = readonly [module: string, filters: number, height: number, width: number, halves?: true];

class InceptionChain extends LayerChain {
  /** `<name>.conv`, `<name>.bn`, and the rectifier with the module's own name. */
  convolution(
    name: string,
    filters: number,
    kernel: readonly [number, number],
    stride: number,
    padding: string,
  ): string {
    this.add(`${name}.conv`, 'Conv2D', {
      ...{ filters, kernel_size: kernel, strides: [stride, stride], padding, use_bias: false },
    });
    this.add(`${name}.bn`, 'BatchNormalization', { epsilon: 1e-3 });
    return this.add(name, 'ReLU');
  }

  convolutions(from: string, block: string, ...steps: readonly Step[]): string {
    this.last = from;
    for (const [module, filters, height, width, halves] of steps) {
      const [stride, padding] = halves ? [2, 'valid'] : [1, 'same'];
      this.convolution(`${block}.${module}`, filters, [height, width], stride as number, padding as string);
    }
    return this.last;
  }

  /** PyTorch's mean counts the zeros beyond the border, TensorFlow's does not. */
  pooled(from: string, block: string, filters: number): string {
    this.add(`${block}.avg_pool2d.pad`, 'ZeroPadding2D', { padding: [1, 1] }, [from]);
    const pool = this.add(`${block}.avg_pool2d`, 'AveragePooling2D', { pool_size: [3, 3], strides: [1, 1] });
    return this.convolutions(pool, block, ['branch_pool', filters, 1, 1]);
  }

  halved(from: string, name: string): string {
    return this.add(name, 'MaxPooling2D', { pool_size: [3, 3], strides: [2, 2] }, [from]);
  }
}

/** InceptionV3 with the module names of torchvision. */
export function inceptionV3Layers({ includeTop }: ZooOptions): readonly NetworkNode[] {
  const chain = new InceptionChain();
  chain.convolution('Conv2d_1a_3x3', 32, [3, 3], 2, 'valid');
  chain.convolution('Conv2d_2a_3x3', 32, [3, 3], 1, 'valid');
  chain.convolution('Conv2d_2b_3x3', 64, [3, 3], 1, 'same');
  chain.halved(chain.last, 'maxpool1');
  chain.convolution('Conv2d_3b_1x1', 80, [1, 1], 1, 'valid');
  chain.convolution('Conv2d_4a_3x3', 192, [3, 3], 1, 'valid');
  chain.halved(chain.last, 'maxpool2');
  const joined = (block: string, branches: (from: string) => readonly string[]): string =>
    chain.add(block, 'Concatenate', {}, branches(chain.last));
  for (const [letter, pooled] of Object.entries({ b: 32, c: 64, d: 64 })) {
    const block = `Mixed_5${letter}`;
    joined(block, (x) => [
      chain.convolutions(x, block, ['branch1x1', 64, 1, 1]),
      chain.convolutions(x, block, ['branch5x5_1', 48, 1, 1], ['branch5x5_2', 64, 5, 5]),
      chain.convolutions(x, block, ...double(64, [96, 3, 3], [96, 3, 3])),
      chain.pooled(x, block, pooled),
    ]);
  }
  joined('Mixed_6a', (x) => [
    chain.convolutions(x, 'Mixed_6a', ['branch3x3', 384, 3, 3, true]),
    chain.convolutions(x, 'Mixed_6a', ...double(64, [96, 3, 3], [96, 3, 3, true])),
    chain.halved(x, 'Mixed_6a.max_pool2d'),
  ]);
  for (const [letter, n] of Object.entries({ b: 128, c: 160, d: 160, e: 192 })) {
    const block = `Mixed_6${letter}`;
    const one: Step[] = [
      ...([
        ['branch7x7_1', n, 1, 1],
        ['branch7x7_2', n, 1, 7],
        ['branch7x7_3', 192, 7, 1],
      ] satisfies Step[]),
    ];
    const two: Step[] = [
      ...([
        ['branch7x7dbl_1', n, 1, 1],
        ['branch7x7dbl_2', n, 7, 1],
        ['branch7x7dbl_3', n, 1, 7],
      ] satisfies Step[]),
      ...([
        ['branch7x7dbl_4', n, 7, 1],
        ['branch7x7dbl_5', 192, 1, 7],
      ] satisfies Step[]),
    ];
    joined(block, (x) => [
      chain.convolutions(x, block, ['branch1x1', 192, 1, 1]),
      chain.convolutions(x, block, ...one),
      chain.convolutions(x, block, ...two),
      chain.pooled(x, block, 192),
    ]);
  }
  const seven: Step[] = [
    ...([
      ['branch7x7x3_1', 192, 1, 1],
      ['branch7x7x3_2', 192, 1, 7],
    ] satisfies Step[]),
    ...([
      ['branch7x7x3_3', 192, 7, 1],
      ['branch7x7x3_4', 192, 3, 3, true],
    ] satisfies Step[]),
  ];
  joined('Mixed_7a', (x) => [
    chain.convolutions(x, 'Mixed_7a', ['branch3x3_1', 192, 1, 1], ['branch3x3_2', 320, 3, 3, true]),
    chain.convolutions(x, 'Mixed_7a', ...seven),
    chain.halved(x, 'Mixed_7a.max_pool2d'),
  ]);
  for (const block of ['Mixed_7b', 'Mixed_7c']) {
    const split = (from: string, module: string): string => {
      const wide = chain.convolutions(from, block, [`${module}a`, 384, 1, 3]);
      const high = chain.convolutions(from, block, [`${module}b`, 384, 3, 1]);
      return chain.add(`${block}.${module}`, 'Concatenate', {}, [wide, high]);
    };
    joined(block, (x) => [
      chain.convolutions(x, block, ['branch1x1', 320, 1, 1]),
      split(chain.convolutions(x, block, ['branch3x3_1', 384, 1, 1]), 'branch3x3_2'),
      split(chain.convolutions(x, block, ...double(448, [384, 3, 3])), 'branch3x3dbl_3'),
      chain.pooled(x, block, 192),
    ]);
  }
  if (includeTop) {
    chain.add('avgpool', 'GlobalAveragePooling2D');
    chain.add('fc', 'Dense', { units: CLASSES, activation: 'softmax' });
  }
  return chain.nodes;
}

/** The branch of two 3 x 3 convolutions behind one of 1 x 1. */
const double = (
  before: number,
  ...rest: readonly (readonly [filters: number, height: number, width: number, halves?: true])[]
): readonly Step[] => [
  ['branch3x3dbl_1', before, 1, 1],
  ...rest.map(([filters, height, width, halves], i): Step => {
    const module = `branch3x3dbl_${i + 2}`;
    return halves ? [module, filters, height, width, halves] : [module, filters, height, width];
  }),
];
