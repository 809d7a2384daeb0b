import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import { buildGraph } from '../../src/model/graph.ts';
import { listLayers } from '../../src/model/layer-list.ts';
import type { Network, NetworkNode, ReceptiveField } from '../../src/model/network.ts';
import { randomFrom } from '../../src/random.ts';
import { vgg16 } from '../../src/model/zoo/vgg16.ts';
import { lenet } from '../../src/model/zoo/lenet.ts';
import { useBackend } from '../backend/with-backend.ts';
import { sourceOf } from './source-of.ts';

type Config = Readonly<Record<string, unknown>>;

/** Layers one after the other, or with the names of what they take. */
function network(
  size: readonly [number, number],
  layers: readonly [string, Config, string[]?][],
  channels = 3,
): Network {
  const nodes: NetworkNode[] = [{ name: 'in', type: 'InputLayer', config: {}, inputs: [] }];
  for (const [i, [type, config, inputs]] of layers.entries()) {
    nodes.push({ name: `l${i}`, type, config, inputs: inputs ?? [nodes[nodes.length - 1]!.name] });
  }
  return { name: 'test', format: 'test', inputShape: [...size, channels], nodes, preprocess: 'none' };
}

const fieldsOf = (of: Network): readonly (ReceptiveField | undefined)[] =>
  listLayers(buildGraph(of, { file: 'test' })).map(({ receptiveField }) => receptiveField);

const square = (size: number, stride: number, offset: number): ReceptiveField => ({
  size: [size, size],
  stride: [stride, stride],
  offset: [offset, offset],
});

describe('published numbers', () => {
  it('are those of VGG16', () => {
    const layers = listLayers(
      buildGraph(vgg16.network({ input: [224, 224], includeTop: true, preprocess: 'caffe' }), {
        file: 'test',
      }),
    );
    const sizes = layers.map(({ receptiveField }) => receptiveField?.size[0]);
    // Araujo et al. 2019, and every table of VGG16's fields since.
    expect(sizes).toEqual([
      1,
      3,
      5,
      6,
      10,
      14,
      16,
      24,
      32,
      40,
      44,
      60,
      76,
      92,
      100,
      132,
      164,
      196,
      212,
      ...[undefined, undefined, undefined, undefined],
    ]);
    expect(layers.map(({ receptiveField }) => receptiveField?.stride[1]).slice(0, 19)).toEqual([
      1, 1, 1, 2, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 16, 16, 16, 16, 32,
    ]);
    expect(layers[17]!.receptiveField).toEqual(square(196, 16, -90));
    expect(layers.map(({ filters }) => filters).slice(17)).toEqual([512, 512, undefined, 4096, 4096, 1000]);
    expect(layers.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(138_357_544);
  });

  it('are those of LeNet', () => {
    const fields = fieldsOf(lenet.network({ input: [28, 28], includeTop: false, preprocess: 'unit' }));
    expect(fields).toEqual(
      [
        [1, 1],
        [5, 1],
        [5, 1],
        [6, 2],
        [14, 2],
        [14, 2],
        [16, 4],
      ].map(([size, stride]) => square(size!, stride!, 0)),
    );
  });
});

describe('by hand', () => {
  it('pads SAME with the smaller half before', () => {
    // 8 wide, kernel 3, stride 2: one column of padding in all, and it goes after.
    expect(
      fieldsOf(network([8, 7], [['Conv2D', { filters: 1, kernel_size: 3, strides: 2, padding: 'same' }]]))[1],
    ).toEqual({
      size: [3, 3],
      stride: [2, 2],
      offset: [0, -1],
    });
  });

  it('adds up padding, strides and gaps', () => {
    const fields = fieldsOf(
      network(
        [20, 20],
        [
          [
            'ZeroPadding2D',
            {
              padding: [
                [3, 1],
                [0, 2],
              ],
            },
          ],
          ['Conv2D', { filters: 1, kernel_size: 5, strides: 2 }],
          ['Conv2D', { filters: 1, kernel_size: 3, dilation_rate: 2 }],
          [
            'Cropping2D',
            {
              cropping: [
                [1, 0],
                [0, 0],
              ],
            },
          ],
        ],
      ),
    );
    expect(fields[1]).toEqual({ size: [1, 1], stride: [1, 1], offset: [-3, 0] });
    expect(fields[2]).toEqual({ size: [5, 5], stride: [2, 2], offset: [-3, 0] });
    expect(fields[3]).toEqual({ size: [13, 13], stride: [2, 2], offset: [-3, 0] });
    expect(fields[4]).toEqual({ size: [13, 13], stride: [2, 2], offset: [-1, 0] });
  });

  it('takes the union of branches', () => {
    const conv = { filters: 2, padding: 'same' };
    const fields = fieldsOf(
      network(
        [32, 32],
        [
          ['Conv2D', { ...conv, kernel_size: 3 }],
          ['Conv2D', { ...conv, kernel_size: [1, 7] }, ['l0']],
          ['Conv2D', { ...conv, kernel_size: 5 }, ['l0']],
          ['Add', {}, ['l0', 'l1', 'l2']],
          ['Concatenate', {}, ['l1', 'l3']],
        ],
      ),
    );
    expect(fields[4]).toEqual({ size: [7, 9], stride: [1, 1], offset: [-3, -4] });
    expect(fields[5]).toEqual({ size: [7, 9], stride: [1, 1], offset: [-3, -4] });
  });

  it('is none behind a layer that sees everything, and where places drift apart', () => {
    const fields = fieldsOf(
      network(
        [16, 16],
        [
          ['GlobalAveragePooling2D', { keepdims: true }],
          ['Multiply', {}, ['in', 'l0']],
          ['Conv2D', { filters: 3, kernel_size: 9 }, ['in']],
          ['MaxPooling2D', { pool_size: 2 }, ['in']],
          ['Add', {}, ['l2', 'l3']],
        ],
      ),
    );
    expect([fields[1], fields[2], fields[5]]).toEqual([undefined, undefined, undefined]);
  });

  it('comes back to the stride of the image in an hourglass', () => {
    const fields = fieldsOf(
      network(
        [16, 16],
        [
          ['MaxPooling2D', {}],
          ['UpSampling2D', {}],
          ['Concatenate', {}, ['in', 'l1']],
        ],
      ),
    );
    // Unit 1 sees rows 0 and 1, unit 2 rows 2 and 3: row -1 and row 3 at most, one to either side.
    expect(fields[3]).toEqual({ size: [3, 3], stride: [1, 1], offset: [-1, -1] });
  });
});

describe('measured', () => {
  beforeAll(() => useBackend('wasm'));

  const pick = <T>(random: () => number, of: readonly T[]): T => of[Math.floor(random() * of.length)]!;

  /** Windows of all kinds with nothing that could cancel or hide an input: all weights will be positive. */
  function randomNetwork(seed: number): Network {
    const random = randomFrom(`field ${seed}`);
    const layers: [string, Config, string[]?][] = [];
    for (let i = 0; i < 4; i++) {
      const padding = pick(random, ['same', 'valid']);
      const size = [pick(random, [1, 2, 3, 4]), pick(random, [1, 2, 3])];
      const strides = pick(random, [1, 1, 2]);
      const kind = pick(random, [
        'Conv2D',
        'Conv2D',
        'AveragePooling2D',
        'ZeroPadding2D',
        'DepthwiseConv2D',
        'Branch',
      ]);
      const before = layers.length ? `l${layers.length - 1}` : 'in';
      const last = layers.length;
      if (kind === 'Conv2D') {
        const dilated = strides === 1 && random() < 0.4 ? 2 : 1;
        layers.push(['Conv2D', { filters: 2, kernel_size: size, strides, padding, dilation_rate: dilated }]);
      } else if (kind === 'DepthwiseConv2D') layers.push([kind, { kernel_size: size, strides, padding }]);
      else if (kind === 'AveragePooling2D') layers.push([kind, { pool_size: size, strides, padding }]);
      else if (kind === 'ZeroPadding2D')
        layers.push([
          kind,
          {
            padding: [
              [1, 0],
              [2, 1],
            ],
          },
        ]);
      else {
        layers.push(['Conv2D', { filters: 2, kernel_size: 3, strides, padding: 'same' }, [before]]);
        layers.push(['Conv2D', { filters: 2, kernel_size: [5, 1], strides, padding: 'same' }, [before]]);
        layers.push(['Concatenate', {}, [`l${last}`, `l${last + 1}`]]);
      }
    }
    return network([83, 90], layers, 1);
  }

  /** Rows and columns of the input that unit [i, j] of the last layer depends on: [top, bottom, left, right]. */
  async function measure(
    model: Awaited<ReturnType<typeof createModel>>,
    i: number,
    j: number,
  ): Promise<number[]> {
    const last = model.layers.length - 1;
    const [height, width] = model.network.inputShape;
    const input = tf.ones([1, height, width, 1]) as Tensor4D;
    const gradient = tf.tidy(() =>
      tf.grad((x: Tensor) => {
        const [maps] = model.forward(x as Tensor4D, [last]) as [Tensor4D];
        return tf.sum(tf.slice(maps, [0, i, j, 0], [1, 1, 1, -1]));
      })(input),
    );
    const values = await gradient.data();
    tf.dispose([gradient, input]);
    const rows: number[] = [];
    const columns: number[] = [];
    values.forEach((value, at) => {
      if (value === 0) return;
      rows.push(Math.floor(at / width));
      columns.push(at % width);
    });
    return [Math.min(...rows), Math.max(...rows), Math.min(...columns), Math.max(...columns)];
  }

  it.each(Array.from({ length: 12 }, (_, seed) => seed))(
    'agrees with the gradient in random network %i',
    async (seed) => {
      const net = randomNetwork(seed);
      const model = await createModel(sourceOf(net, (random) => 0.1 + random()));
      const { outputShape, receptiveField } = model.layers[model.layers.length - 1]!;
      const { size, stride, offset } = receptiveField!;
      const [rows, columns] = outputShape as [number, number];
      const boxOf = (i: number, j: number): number[] => {
        const [top, left] = [offset[0] + i * stride[0], offset[1] + j * stride[1]];
        return [top, top + size[0] - 1, left, left + size[1] - 1];
      };
      const [i, j] = [Math.floor(rows / 2), Math.floor(columns / 2)];
      expect(await measure(model, i, j), JSON.stringify(net.nodes)).toEqual(boxOf(i, j));
      // At a border the padding of layers in between holds nothing: a unit may see less than its box, never more.
      for (const [y, x] of [
        [0, 0],
        [rows - 1, columns - 1],
      ] as const) {
        const [top, bottom, left, right] = (await measure(model, y, x)) as [number, number, number, number];
        const box = boxOf(y, x) as [number, number, number, number];
        expect(top >= box[0] && bottom <= box[1] && left >= box[2] && right <= box[3]).toBe(true);
      }
      model.dispose();
    },
  );

  it.each([
    ['UpSampling2D', { size: [2, 3] }],
    ['UpSampling2D', { size: [2, 3], interpolation: 'bilinear' }],
    ['Conv2DTranspose', { filters: 1, kernel_size: [3, 4], strides: 2, padding: 'same' }],
    ['Conv2DTranspose', { filters: 1, kernel_size: [5, 2], strides: [2, 3] }],
    ['Conv2DTranspose', { filters: 1, kernel_size: [5, 3], strides: [3, 2], output_padding: [1, 0] }],
    ['Conv2DTranspose', { filters: 1, kernel_size: 3, dilation_rate: [2, 1], padding: 'same' }],
    ['Resizing', { height: 11, width: 5 }],
    ['Resizing', { height: 3, width: 13, interpolation: 'nearest' }],
    ['Resizing', { height: 4, width: 6, crop_to_aspect_ratio: true }],
    ['CenterCrop', { height: 4, width: 3 }],
    ['CenterCrop', { height: 9, width: 3 }],
  ])('holds what %s %j sees', async (type, config) => {
    const net = network(
      [8, 8],
      [
        ['Conv2D', { filters: 1, kernel_size: 2, strides: 1 }],
        [type, config],
      ],
      1,
    );
    const model = await createModel(sourceOf(net, (random) => 0.1 + random()));
    const { outputShape, receptiveField } = model.layers[2]!;
    const { size, stride, offset } = receptiveField!;
    const [rows, columns] = outputShape as [number, number];
    for (let i = 0; i < rows; i += 3) {
      for (let j = 0; j < columns; j += 2) {
        const [top, bottom, left, right] = (await measure(model, i, j)) as [number, number, number, number];
        expect(top).toBeGreaterThanOrEqual(offset[0] + i * stride[0] - 1e-3);
        expect(bottom).toBeLessThanOrEqual(offset[0] + i * stride[0] + size[0] - 1 + 1e-3);
        expect(left).toBeGreaterThanOrEqual(offset[1] + j * stride[1] - 1e-3);
        expect(right).toBeLessThanOrEqual(offset[1] + j * stride[1] + size[1] - 1 + 1e-3);
      }
    }
    model.dispose();
  });
});
