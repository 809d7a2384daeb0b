import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatLayers, parseModelArgument } from '../../src/model/describe.ts';
import { UnavailableError, UserError } from '../../src/errors.ts';
import type { InlineLayer, ModelSpec } from '../../src/schema/experiment.ts';
import { layerForms } from '../../src/schema/layer-forms.ts';
import { fileSpec, kerasFixtures, messageOf, open, put, temporaryFolder, zooSpec } from './opening.ts';

const folder = temporaryFolder();

const layer = (
  name: string,
  from: string,
  type: string,
  config: InlineLayer['config'] = {},
): InlineLayer => ({
  ...{ name, from, type, config },
});

const conv = (name: string, from: string, more: InlineLayer['config'] = {}): InlineLayer =>
  layer(name, from, 'Conv2D', {
    ...{ filters: 4, kernel_size: [3, 3], strides: [1, 1], padding: 'valid' },
    ...{ activation: 'linear', use_bias: true, kernel_initializer: 'glorot_uniform', ...more },
  });

const inline = (layers: readonly InlineLayer[], more: Partial<ModelSpec> = {}): ModelSpec => ({
  source: { kind: 'inline', layers },
  includeTop: true,
  input: [20, 30],
  inputChannels: 3,
  ...more,
});

describe('inline stacks', () => {
  it('have every layer type of the schema', async () => {
    const settings: Readonly<Record<string, unknown>> = {
      conv2d: { filters: 4, kernel: 3, strides: [2, 1], padding: 'same' },
      activation: { activation: 'relu' },
      max_pool: { pool: [2, 3] },
      average_pool: { pool: 2, strides: 1, padding: 'same' },
      flatten: {},
      dense: { units: 7, activation: 'softmax', use_bias: false, initializer: 'he_normal' },
      global_average_pool: { from: 'v' },
      global_max_pool: { from: 'c' },
    };
    const names = ['c', 'a', 'm', 'v', 'f', 'd', 'g', 'x'];
    const layers = Object.entries(settings).map(([key, written], i): InlineLayer => {
      const form = layerForms.get(key)!;
      const parsed = form.settings.parse(written);
      const from = (parsed['from'] as string | undefined) ?? names[i - 1] ?? 'input';
      return layer(names[i]!, from, form.type, form.config(parsed));
    });
    const shorthands = layerForms.names.filter((key) => !Object.hasOwn(settings, key));
    expect(shorthands.every((key) => layerForms.get(key)!.type === 'Activation')).toBe(true);
    const { layers: listed } = await open(inline(layers));
    expect(listed.map(({ name, type, outputShape }) => [name, type, outputShape.join('x')])).toEqual([
      ['input', 'InputLayer', '20x30x3'],
      ['c', 'Conv2D', '10x30x4'],
      ['a', 'Activation', '10x30x4'],
      ['m', 'MaxPooling2D', '5x10x4'],
      ['v', 'AveragePooling2D', '5x10x4'],
      ['f', 'Flatten', '200'],
      ['d', 'Dense', '7'],
      ['g', 'GlobalAveragePooling2D', '4'],
      ['x', 'GlobalMaxPooling2D', '4'],
    ]);
  });

  it('keep their weights when layers are added, renamed apart or moved', async () => {
    const few = await (await open(inline([conv('a', 'input')]))).loadWeights();
    const more = await (
      await open(inline([conv('z', 'input'), conv('a', 'input'), conv('y', 'a')]))
    ).loadWeights();
    const other = await (await open(inline([conv('a', 'input')]), '/nowhere', 2)).loadWeights();
    expect(more.get('a')).toEqual(few.get('a'));
    expect(more.get('z')).not.toEqual(few.get('a'));
    expect(other.get('a')).not.toEqual(few.get('a'));
  });

  it('need an input size, and layers that fit', async () => {
    const { input: _, ...unsized } = inline([conv('a', 'input')]);
    expect(await messageOf(open(unsized), folder)).toMatchInlineSnapshot(`
      "x.yaml(): Inline \`layers\` need the input size.
        Add \`input: [height, width]\`."
    `);
    expect(await messageOf(open(inline([conv('a', 'input', { kernel_size: [40, 3] })])), folder))
      .toMatchInlineSnapshot(`
        "x.yaml(layers): Layer \`a\` (Conv2D): its 40x3 window is larger than its 20x30 input.
          Use a larger input, a smaller window, or \`padding="same"\`."
      `);
    expect(await messageOf(open(inline([conv('a', 'b'), conv('b', 'input')])), folder)).toMatchInlineSnapshot(
      `"x.yaml(layers): Layer \`a\` takes its input from \`b\`, which does not come before it."`,
    );
  });
});

describe('fingerprints', () => {
  it('change with what a layer depends on, and with nothing else', async () => {
    const base = await open(inline([conv('a', 'input'), conv('b', 'a'), conv('c', 'a')]));
    const changed = await open(
      inline([conv('a', 'input'), conv('b', 'a', { padding: 'same' }), conv('c', 'a')]),
    );
    expect(changed.fingerprint(1)).toBe(base.fingerprint(1));
    expect(changed.fingerprint(2)).not.toBe(base.fingerprint(2));
    expect(changed.fingerprint(3)).toBe(base.fingerprint(3));
    expect(base.fingerprint(2)).not.toBe(base.fingerprint(3));
    const seeded = await open(inline([conv('a', 'input')]), '/nowhere', 2);
    expect(seeded.fingerprint(1)).not.toBe(base.fingerprint(1));
    const larger = await open(inline([conv('a', 'input')], { input: [21, 30] }));
    expect(larger.fingerprint(1)).not.toBe(base.fingerprint(1));
    const otherwise = await open(inline([conv('a', 'input')], { preprocess: 'tf' }));
    expect(otherwise.fingerprint(1)).not.toBe(base.fingerprint(1));
  });

  it('change with the bytes of the weight file', async () => {
    const model = join(kerasFixtures, 'lenet.keras');
    const [a, b] = [await open(fileSpec(model)), await open(fileSpec(model, { weights: 'random' }))];
    expect(a.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(b.weightsSha256).toBe('random:1');
    expect(a.fingerprint(1)).not.toBe(b.fingerprint(1));
  });
});

describe('the zoo', () => {
  const vgg = (more: Partial<ModelSpec> = {}) => zooSpec('vgg16', { weights: 'random', ...more });

  it('lists VGG16 without its top as nineteen lines', async () => {
    const { layers } = await open(vgg({ includeTop: false, input: [256, 256] }));
    expect(formatLayers(layers)).toMatchInlineSnapshot(`
      "0 input_1        InputLayer    256x256x3            0 parameters  receptive field 1x1, stride 1x1, offset 0,0
      1 block1_conv1   Conv2D        256x256x64       1,792 parameters  receptive field 3x3, stride 1x1, offset -1,-1
      2 block1_conv2   Conv2D        256x256x64      36,928 parameters  receptive field 5x5, stride 1x1, offset -2,-2
      3 block1_pool    MaxPooling2D  128x128x64           0 parameters  receptive field 6x6, stride 2x2, offset -2,-2
      4 block2_conv1   Conv2D        128x128x128     73,856 parameters  receptive field 10x10, stride 2x2, offset -4,-4
      5 block2_conv2   Conv2D        128x128x128    147,584 parameters  receptive field 14x14, stride 2x2, offset -6,-6
      6 block2_pool    MaxPooling2D  64x64x128            0 parameters  receptive field 16x16, stride 4x4, offset -6,-6
      7 block3_conv1   Conv2D        64x64x256      295,168 parameters  receptive field 24x24, stride 4x4, offset -10,-10
      8 block3_conv2   Conv2D        64x64x256      590,080 parameters  receptive field 32x32, stride 4x4, offset -14,-14
      9 block3_conv3   Conv2D        64x64x256      590,080 parameters  receptive field 40x40, stride 4x4, offset -18,-18
      10 block3_pool   MaxPooling2D  32x32x256            0 parameters  receptive field 44x44, stride 8x8, offset -18,-18
      11 block4_conv1  Conv2D        32x32x512    1,180,160 parameters  receptive field 60x60, stride 8x8, offset -26,-26
      12 block4_conv2  Conv2D        32x32x512    2,359,808 parameters  receptive field 76x76, stride 8x8, offset -34,-34
      13 block4_conv3  Conv2D        32x32x512    2,359,808 parameters  receptive field 92x92, stride 8x8, offset -42,-42
      14 block4_pool   MaxPooling2D  16x16x512            0 parameters  receptive field 100x100, stride 16x16, offset -42,-42
      15 block5_conv1  Conv2D        16x16x512    2,359,808 parameters  receptive field 132x132, stride 16x16, offset -58,-58
      16 block5_conv2  Conv2D        16x16x512    2,359,808 parameters  receptive field 164x164, stride 16x16, offset -74,-74
      17 block5_conv3  Conv2D        16x16x512    2,359,808 parameters  receptive field 196x196, stride 16x16, offset -90,-90
      18 block5_pool   MaxPooling2D  8x8x512              0 parameters  receptive field 212x212, stride 32x32, offset -90,-90"
    `);
  });

  it('lists all kinds of receptive field', async () => {
    expect(formatLayers((await open(zooSpec('lenet'))).layers)).toMatchInlineSnapshot(`
      "0 input         InputLayer    28x28x1       0 parameters  receptive field 1x1, stride 1x1, offset 0,0
      1 conv1         Conv2D        24x24x6     156 parameters  receptive field 5x5, stride 1x1, offset 0,0
      2 relu1         ReLU          24x24x6       0 parameters  receptive field 5x5, stride 1x1, offset 0,0
      3 pool1         MaxPooling2D  12x12x6       0 parameters  receptive field 6x6, stride 2x2, offset 0,0
      4 conv2         Conv2D        8x8x16    2,416 parameters  receptive field 14x14, stride 2x2, offset 0,0
      5 relu2         ReLU          8x8x16        0 parameters  receptive field 14x14, stride 2x2, offset 0,0
      6 pool2         MaxPooling2D  4x4x16        0 parameters  receptive field 16x16, stride 4x4, offset 0,0
      7 flatten       Flatten       256           0 parameters  receptive field: whole image
      8 fc1           Dense         120      30,840 parameters  receptive field: whole image
      9 fc2           Dense         84       10,164 parameters  receptive field: whole image
      10 predictions  Dense         10          850 parameters  receptive field: whole image"
    `);
  });

  it('counts as Keras does', async () => {
    expect((await open(vgg())).parameters).toBe(138_357_544);
    expect((await open(vgg({ includeTop: false }))).parameters).toBe(14_714_688);
  });

  it('says how to get weights that are not here', async () => {
    const failing = open(zooSpec('vgg16', { includeTop: false }), join(folder, 'cache'));
    await expect(failing).rejects.toThrow(UnavailableError);
    expect(await messageOf(failing, folder)).toMatchInlineSnapshot(`
      "x.yaml(zoo): Weights for \`vgg16\` have not been downloaded (59 MB).
        The file \`<folder>/cache/weights/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5\` does not exist.
        Run \`npx filterscope weights pull vgg16 --no-top\`, or download https://storage.googleapis.com/tensorflow/keras-applications/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 to the path that \`npx filterscope weights list\` prints."
    `);
    put(folder, 'cache/weights/vgg16_weights_tf_dim_ordering_tf_kernels.h5', 'not all of it');
    expect(await messageOf(open(zooSpec('vgg16'), join(folder, 'cache')), folder)).toMatchInlineSnapshot(`
      "x.yaml(zoo): The weights of \`vgg16\` at \`<folder>/cache/weights/vgg16_weights_tf_dim_ordering_tf_kernels.h5\` are damaged.
        Expected 553467096 bytes, got 13.
        Run \`npx filterscope weights pull vgg16\` to download them again."
    `);
  });

  it('says what is wrong', async () => {
    expect(await messageOf(open(zooSpec('vgg61')), folder)).toMatchInlineSnapshot(`
      "x.yaml(zoo): There is no zoo network \`vgg61\`.
        Valid: alexnet, densenet121, efficientnet-lite0, efficientnet-lite1, efficientnet-lite2, googlenet, inception_v3, lenet, mobilenet_v2, mobilenet_v3_small, patternnet, resnet18, resnet50, squeezenet1_1, vgg16, vgg16-edges, vgg19"
    `);
    expect(await messageOf(open(zooSpec('vgg16', { input: [256, 256] })), folder)).toMatchInlineSnapshot(`
      "x.yaml(input): \`vgg16\` with its classifier takes images of 224x224 pixels, not 256x256.
        The classifier's weights fit that size only.
        Add \`include_top: false\`, or leave \`input\` out."
    `);
    expect(await messageOf(open(zooSpec('lenet', { preprocess: 'caffe' })), folder)).toMatchInlineSnapshot(`
      "x.yaml(preprocess): \`preprocess: caffe\` needs a network with colour input, and this network takes grey images.
        Valid: lite, tf, unit, none"
    `);
    expect(await messageOf(open(zooSpec('lenet', { input: [3, 3] })), folder)).toMatchInlineSnapshot(`
      "x.yaml(input): Layer \`conv1\` (Conv2D): its 5x5 window is larger than its 3x3 input.
        Use a larger input, a smaller window, or \`padding="same"\`."
    `);
  });
});

describe('parseModelArgument', () => {
  it('knows zoo names and paths', () => {
    expect(parseModelArgument('vgg16', { input: [256, 256], noTop: true })).toEqual({
      source: { kind: 'zoo', name: 'vgg16' },
      weights: 'random',
      includeTop: false,
      inputChannels: 3,
      input: [256, 256],
    });
    expect(parseModelArgument('models/a.h5').source).toEqual({
      kind: 'file',
      path: join(process.cwd(), 'models/a.h5'),
    });
  });

  it('says what it knows', () => {
    expect(() => parseModelArgument('resnet')).toThrow(UserError);
    expect(() => parseModelArgument('resnet')).toThrowErrorMatchingInlineSnapshot(`
      [UserError: There is no model \`resnet\`.
        The argument is neither the name of a zoo network nor the path of a model file.
        Valid: alexnet, densenet121, efficientnet-lite0, efficientnet-lite1, efficientnet-lite2, googlenet, inception_v3, lenet, mobilenet_v2, mobilenet_v3_small, patternnet, resnet18, resnet50, squeezenet1_1, vgg16, vgg16-edges, vgg19, path/to/model.keras, path/to/model.h5, path/to/model.json, path/to/model.onnx]
    `);
  });
});
