import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { InlineLayer, ModelSpec } from '../../src/schema/experiment.ts';
import { arithmetic } from '../../src/techniques/arithmetic.ts';
import { arithmeticFacts, type ArithmeticFacts } from '../../src/techniques/arithmetic/facts.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open, zooSpec } from '../model/opening.ts';
import { readNpz } from '../npz.ts';
import { collect, viewOf } from './fake-planning.ts';
import { randomImage, realContext, planningOf, type RealContext } from './real-context.ts';

const layer = (name: string, type: string, config: Record<string, unknown>, from = 'input'): InlineLayer => ({
  ...{ name, from, type, config },
});

const LAYERS = [
  layer('valid', 'Conv2D', { filters: 3, kernel_size: [3, 3], activation: 'relu' }),
  layer('same', 'Conv2D', { filters: 3, kernel_size: [3, 4], padding: 'same' }),
  layer('strided', 'Conv2D', {
    filters: 4,
    kernel_size: [3, 3],
    strides: [2, 3],
    padding: 'same',
    activation: 'tanh',
  }),
  layer(
    'dilated',
    'Conv2D',
    { filters: 2, kernel_size: [3, 2], dilation_rate: [2, 3], padding: 'same' },
    'same',
  ),
  layer('grouped', 'Conv2D', { filters: 4, kernel_size: [3, 3], groups: 2 }, 'strided'),
  layer('depthwise', 'DepthwiseConv2D', { kernel_size: [3, 3], depth_multiplier: 2, padding: 'same' }),
  layer('separable', 'SeparableConv2D', { kernel_size: [3, 3], filters: 5 }),
  layer('largest', 'MaxPooling2D', { pool_size: [3, 3], strides: [2, 2], padding: 'same' }, 'same'),
  layer('mean', 'AveragePooling2D', { pool_size: [3, 3], strides: [2, 2], padding: 'same' }, 'same'),
  layer('global', 'GlobalAveragePooling2D', {}, 'strided'),
  layer('rectified', 'ReLU', {}, 'same'),
  layer('squashed', 'Activation', { activation: 'sigmoid' }, 'same'),
  layer('flat', 'Flatten', {}, 'mean'),
  layer('hidden', 'Dense', { units: 6, activation: 'relu' }, 'flat'),
  layer('scores', 'Dense', { units: 5, activation: 'softmax' }, 'hidden'),
];

const SPEC: ModelSpec = {
  source: { kind: 'inline', layers: LAYERS },
  ...{ includeTop: true, inputChannels: 3, input: [12, 13], preprocess: 'unit' },
};

const image = randomImage('arithmetic', 12, 13);

/** Biases that are zero in random networks would hide that they were forgotten. */
async function context(): Promise<RealContext> {
  const source = await open(SPEC);
  const loadWeights: typeof source.loadWeights = async () => {
    const weights = await source.loadWeights();
    for (const arrays of weights.values()) {
      arrays.get('bias')?.data.forEach((_, i, all) => (all[i] = 0.1 * (i + 1) * (i % 2 ? -1 : 1)));
    }
    return weights;
  };
  return realContext({ ...source, loadWeights }, [image]);
}

async function factsOf(
  of: RealContext,
  settings: Record<string, unknown>,
): Promise<
  { facts: ArithmeticFacts; panel: NonNullable<Awaited<ReturnType<typeof collect>>[0]>['panels'][0] }[]
> {
  const planning = planningOf(of, 1);
  const { jobs } = arithmetic.plan(viewOf(arithmetic, settings), planning);
  expect((planning as unknown as { problems: unknown[] }).problems).toEqual([]);
  const outputs = await collect(arithmetic, jobs, of);
  const ordered = outputs.sort((a, b) => a.job - b.job);
  return ordered.flatMap(({ panels }) =>
    panels.map((panel) => ({ panel, facts: arithmeticFacts.schema.parse(panel.facts) as ArithmeticFacts })),
  );
}

/** Every layer's map, as the network gives it. */
async function mapsOf({ model }: RealContext): Promise<Map<string, { shape: number[]; data: Float32Array }>> {
  const input = model.input(image);
  const outputs = model.forward(
    input,
    model.layers.map(({ index }) => index),
  );
  const maps = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const [index, output] of outputs.entries()) {
    maps.set(model.layers[index]!.name, {
      shape: output.shape.slice(1),
      data: (await output.data()) as Float32Array,
    });
  }
  return maps;
}

const CONVOLUTIONS = {
  valid: { size: [3, 3], stride: [1, 1], dilation: [1, 1], pad: [0, 0], from: 'input', groups: 1 },
  // TensorFlow's SAME: the smaller half of the padding stands before.
  same: { size: [3, 4], stride: [1, 1], dilation: [1, 1], pad: [1, 1], from: 'input', groups: 1 },
  // 12 rows by 2 need (6-1)*2+3-12 = 1, 13 columns by 3 need (5-1)*3+3-13 = 2.
  strided: { size: [3, 3], stride: [2, 3], dilation: [1, 1], pad: [0, 1], from: 'input', groups: 1 },
  dilated: { size: [3, 2], stride: [1, 1], dilation: [2, 3], pad: [2, 1], from: 'same', groups: 1 },
  grouped: { size: [3, 3], stride: [1, 1], dilation: [1, 1], pad: [0, 0], from: 'strided', groups: 2 },
} as const;

const ACTIVATIONS: Record<string, (x: number) => number> = {
  valid: (x) => Math.max(x, 0),
  strided: Math.tanh,
};

describe.each(availableBackends)('arithmetic on %s', (backend) => {
  let of: RealContext;
  let maps: Awaited<ReturnType<typeof mapsOf>>;
  const at = (name: string, row: number, column: number, channel: number): number | undefined => {
    const { shape, data } = maps.get(name)!;
    const [height, width, channels] = shape as [number, number, number];
    const inside = row >= 0 && column >= 0 && row < height && column < width;
    return inside ? data[(row * width + column) * channels + channel]! : undefined;
  };

  beforeAll(async () => {
    await useBackend(backend);
    of = await context();
    maps = await mapsOf(of);
  });

  it.each(Object.keys(CONVOLUTIONS) as (keyof typeof CONVOLUTIONS)[])(
    'writes out every place and filter of the convolution `%s`: the sum of its products by loops over pixels and kernel',
    async (name) => {
      const { size, stride, dilation, pad, from, groups } = CONVOLUTIONS[name];
      const { shape } = maps.get(name)!;
      const [height, width, filters] = shape as [number, number, number];
      const weights = await of.model
        .kernel(of.model.layers.find((each) => each.name === name)!.index)!
        .data();
      const depth = maps.get(from)!.shape[2]! / groups;
      for (const filter of [0, filters - 1]) {
        const positions = [
          [0, 0],
          [height - 1, width - 1],
          [1, 2],
          [Math.floor(height / 2), 1],
        ];
        const found = await factsOf(of, { layers: name, filters: filter, positions, channels: 16 });
        for (const [i, [row, column]] of (positions as [number, number][]).entries()) {
          const { facts } = found[i]!;
          const [place] = facts.places;
          let sum = 0;
          const first = Math.floor(filter / (filters / groups)) * depth;
          const sums: number[] = [];
          for (let channel = 0; channel < depth; channel++) {
            let part = 0;
            for (let y = 0; y < size[0]; y++) {
              for (let x = 0; x < size[1]; x++) {
                const value =
                  at(
                    from,
                    row * stride[0] - pad[0] + y * dilation[0],
                    column * stride[1] - pad[1] + x * dilation[1],
                    first + channel,
                  ) ?? 0;
                part += value * weights[((y * size[1] + x) * depth + channel) * filters + filter]!;
              }
            }
            sums.push(part);
            sum += part;
          }
          const bias = 0.1 * (filter + 1) * (filter % 2 ? -1 : 1);
          expect(place).toMatchObject({ row, column });
          // Exactly the float32 of the layer's map.
          expect(Math.fround(place!.output!)).toBe(at(name, row, column, filter));
          sums.forEach((part, channel) => expect(place!.sums![channel]).toBeCloseTo(part, 5));
          expect(facts.bias).toBeCloseTo(bias, 6);
          expect(place!.before).toBeCloseTo(sum + bias, 5);
          expect(place!.output).toBeCloseTo((ACTIVATIONS[name] ?? ((x) => x))(sum + bias), 5);
          // Products of what is written out come to the same sums.
          const [rows, columns] = facts.window!.size;
          facts.channels!.forEach(({ channel, values, weights: taps }, c) => {
            expect(channel).toBe(first + c);
            expect(values).toHaveLength(rows * columns);
            const products = taps!.map((weight, tap) => (weight ?? 0) * (values[tap] ?? 0));
            expect(products.reduce((all, one) => all + one, 0)).toBeCloseTo(place!.sums![c]!, 5);
          });
        }
      }
    },
  );

  it('gives padding as null, and gaps of a dilated kernel too', async () => {
    const [{ facts: same } = never()] = await factsOf(of, { layers: 'same', positions: [[0, 0]] });
    expect(same.patch).toEqual({ top: -1, left: -1, rows: 3, columns: 4 });
    expect(same.channels![0]!.values.map((value) => value === null)).toEqual([
      ...[true, true, true, true],
      ...[true, false, false, false],
      ...[true, false, false, false],
    ]);
    const [{ facts: dilated } = never()] = await factsOf(of, { layers: 'dilated', positions: [[5, 5]] });
    expect(dilated.window).toEqual({ size: [5, 4], stride: [1, 1], dilation: [2, 3], padding: [2, 1] });
    expect(dilated.channels![0]!.weights!.flatMap((weight, i) => (weight === null ? [] : [i]))).toEqual([
      0, 3, 8, 11, 16, 19,
    ]);
  });

  it('writes out depthwise and separable convolutions with the channels they see', async () => {
    for (const filter of [0, 3, 5]) {
      const [{ facts } = never()] = await factsOf(of, {
        layers: 'depthwise',
        filters: filter,
        positions: [[4, 5]],
      });
      expect(facts.channels!.map(({ channel }) => channel)).toEqual([Math.floor(filter / 2)]);
      checkSum(facts, at('depthwise', 4, 5, filter)!);
    }
    const [{ facts } = never()] = await factsOf(of, { layers: 'separable', filters: 4, positions: [[4, 5]] });
    expect(facts.channels).toHaveLength(3);
    checkSum(facts, at('separable', 4, 5, 4)!);
  });

  it.each(['largest', 'mean'] as const)(
    'writes out the windows of the pooling `%s`, without the padding',
    async (name) => {
      const [height, width] = maps.get(name)!.shape as [number, number];
      for (const [row, column] of [
        [0, 0],
        [2, 3],
        [height - 1, width - 1],
      ] as const) {
        const [{ facts } = never()] = await factsOf(of, {
          layers: name,
          filters: 2,
          positions: [[row, column]],
        });
        const values: number[] = [];
        for (let y = 0; y < 3; y++) {
          for (let x = 0; x < 3; x++) {
            // 12 rows by 2: 1 row of padding, behind. 13 columns by 2: 2 columns, one before.
            const value = at('same', row * 2 + y, column * 2 - 1 + x, 2);
            if (value !== undefined) values.push(value);
          }
        }
        const expected =
          name === 'largest' ? Math.max(...values) : values.reduce((a, b) => a + b) / values.length;
        expect(facts.operation).toBe(name === 'largest' ? 'max' : 'mean');
        expect(Math.fround(facts.places[0]!.output!)).toBe(at(name, row, column, 2));
        expect(facts.places[0]!.output).toBeCloseTo(expected, 5);
        expect(facts.channels!.map(({ channel }) => channel)).toEqual([2]);
        expect(facts.channels![0]!.values.filter((value) => value !== null).map(Math.fround)).toEqual(values);
      }
    },
  );

  it('takes the whole map as the window of global pooling', async () => {
    const [{ facts } = never()] = await factsOf(of, { layers: 'global', filters: 1 });
    const { data, shape } = maps.get('strided')!;
    const values = data.filter((_, i) => i % shape[2]! === 1);
    expect(facts.channels![0]!.values).toHaveLength(values.length);
    expect(facts.places[0]!.output).toBeCloseTo(values.reduce((a, b) => a + b) / values.length, 5);
  });

  it('writes out dense layers: the largest products, the others as one sum, and a softmax of all units', async () => {
    const [{ facts } = never()] = await factsOf(of, { layers: 'scores', filters: 2, channels: 3 });
    const inputs = maps.get('hidden')!.data;
    const weights = await of.model.denseKernel(of.model.layers.at(-1)!.index)!.data();
    const logits = Array.from({ length: 5 }, (_, unit) =>
      inputs.reduce(
        (sum, value, i) => sum + value * weights[i * 5 + unit]!,
        0.1 * (unit + 1) * (unit % 2 ? -1 : 1),
      ),
    );
    const [place] = facts.places;
    expect(facts.terms).toHaveLength(3);
    expect(facts.others).toBe(3);
    const written = facts.terms!.reduce((sum, { value, weight }) => sum + value! * weight!, 0);
    expect(written + place!.others! + facts.bias!).toBeCloseTo(logits[2]!, 5);
    expect(place!.before).toBeCloseTo(logits[2]!, 5);
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    facts.softmax!.terms.forEach(({ unit, value, share }) => {
      expect(value).toBeCloseTo(logits[unit]!, 5);
      expect(share).toBeCloseTo(Math.exp(logits[unit]!) / total, 5);
    });
    expect(Math.fround(place!.output!)).toBe(maps.get('scores')!.data[2]);
    expect(place!.output).toBeCloseTo(Math.exp(logits[2]!) / total, 5);
  });

  it('plots the activation of the layer and others, with where the values fall on them', async () => {
    const [{ facts } = never()] = await factsOf(of, {
      ...{ layers: 'squashed', filters: 1, positions: [[3, 4]] },
      functions: ['relu', 'sigmoid', 'tanh', 'softmax'],
    });
    const x = at('same', 3, 4, 1)!;
    const plot = facts.plot!;
    expect(plot.functions.map(({ name, own }) => [name, own])).toEqual([
      ['sigmoid', true],
      ['relu', false],
      ['tanh', false],
    ]);
    const formulas = [(v: number) => 1 / (1 + Math.exp(-v)), (v: number) => Math.max(v, 0), Math.tanh];
    plot.functions.forEach(({ values }, f) => {
      values.forEach((value, i) =>
        expect(value).toBeCloseTo(formulas[f]!(plot.from + ((plot.to - plot.from) * i) / 64), 5),
      );
      expect(facts.places[0]!.functions![f]).toBeCloseTo(formulas[f]!(x), 5);
    });
    expect(Math.fround(facts.places[0]!.before!)).toBe(x);
    expect(plot.counts.reduce((a, b) => a + b)).toBe(12 * 13);
    const powers = [0, 1, 2].map((channel) => Math.exp(at('same', 3, 4, channel)!));
    facts.softmax!.terms.forEach(({ unit, share }) =>
      expect(share).toBeCloseTo(powers[unit]! / powers.reduce((a, b) => a + b), 5),
    );
  });

  it('walks over a crop: one frame a position, the padding where the crop touches the border', async () => {
    const [inner] = await factsOf(of, { layers: 'valid', positions: 'walk', corner: [2, 3] });
    expect(inner!.facts.patch).toEqual({ top: 2, left: 3, rows: 5, columns: 5 });
    expect(inner!.facts.walk).toEqual({ top: 2, left: 3, rows: 3, columns: 3 });
    const file = inner!.panel.files!['frames'];
    const frames = file?.kind === 'frames' ? file.frames : [];
    expect(frames.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(frames.map(({ width }) => width)).size).toBe(1);
    inner!.facts.places.forEach(({ row, column, output }) =>
      expect(Math.fround(output!)).toBe(at('valid', row!, column!, 0)),
    );
    const [corner] = await factsOf(of, { layers: 'same', positions: 'walk', crop: [4, 5] });
    expect(corner!.facts.patch).toEqual({ top: -1, left: -1, rows: 5, columns: 6 });
    expect(corner!.facts.walk).toEqual({ top: 0, left: 0, rows: 3, columns: 3 });
    expect(corner!.facts.places).toHaveLength(9);
    const [pooled] = await factsOf(of, {
      layers: 'largest',
      positions: 'walk',
      crop: [5, 5],
      corner: [2, 1],
    });
    expect(pooled!.facts.walk).toEqual({ top: 1, left: 1, rows: 2, columns: 2 });
  });

  it('finds the strongest place by itself', async () => {
    const [{ facts } = never()] = await factsOf(of, { layers: 'same', filters: 1 });
    const { data, shape } = maps.get('same')!;
    const values = data.filter((_, i) => i % shape[2]! === 1);
    expect(Math.fround(facts.places[0]!.output!)).toBe(Math.max(...values));
    expect(at('same', facts.places[0]!.row!, facts.places[0]!.column!, 1)).toBe(Math.max(...values));
  });

  it('writes out the channels that contribute most, and the sum of the others', async () => {
    const [{ facts: all } = never()] = await factsOf(of, {
      layers: 'dilated',
      positions: [[6, 6]],
      channels: 3,
    });
    const [{ facts: one } = never()] = await factsOf(of, {
      layers: 'dilated',
      positions: [[6, 6]],
      channels: 1,
    });
    const sums = all.places[0]!.sums!.map((sum) => sum!);
    const strongest = sums.indexOf(sums.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a)));
    expect(one.others).toBe(2);
    expect(one.channels!.map(({ channel }) => channel)).toEqual([strongest]);
    const rest = sums.reduce((all, sum, i) => (i === strongest ? all : all + sum), 0);
    expect(one.places[0]!.others).toBeCloseTo(rest, 5);
  });
});

describe('the arithmetic of LeNet', () => {
  it("comes to Keras' own values", async () => {
    await useBackend('wasm');
    const reference = readNpz(join(kerasFixtures, 'lenet.reference.npz'));
    const source = await open(fileSpec(join(kerasFixtures, 'lenet.keras'), { preprocess: 'none' }));
    const made = await realContext(source, [image]);
    const [height, width, channels] = source.network.inputShape;
    const { tf } = made;
    const values = reference.get('input')!.data.slice(0, height * width * channels);
    // The reference's input is floats: it goes in as it is.
    const model = { ...made.model, input: () => tf.tensor4d(values, [1, height, width, channels]) };
    const of = { ...made, model } as RealContext;
    const planning = planningOf(of, 1);
    let checked = 0;
    for (const { name, kind, outputShape } of of.model.layers) {
      if (
        !['convolution', 'pooling', 'dense', 'activation'].includes(kind) ||
        !reference.has(`output:${name}`)
      )
        continue;
      const { jobs } = arithmetic.plan(
        viewOf(arithmetic, {
          ...{ layers: name, filters: [0, 3] },
          ...(outputShape.length === 3
            ? {
                positions: [
                  [0, 0],
                  [2, 1],
                ],
              }
            : {}),
        }),
        planning,
      );
      const panels = (await collect(arithmetic, jobs, of)).flatMap((output) => output.panels);
      expect(panels.length).toBe(outputShape.length === 3 ? 4 : 2);
      for (const { facts, filter } of panels) {
        const [place] = (facts as unknown as ArithmeticFacts).places;
        const { row = 0, column = 0 } = place!;
        const [, wide, depth] = outputShape.length === 3 ? outputShape : [1, 1, outputShape[0]!];
        const expected = reference.get(`output:${name}`)!.data[(row * wide! + column) * depth! + filter!]!;
        expect(place!.output).toBeCloseTo(expected, 4);
        if (place!.sums) {
          const sums = place!.sums.reduce<number>((sum, one) => sum + one!, place!.others ?? 0);
          expect(sums + (facts as unknown as ArithmeticFacts).bias!).toBeCloseTo(expected, 4);
        }
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(15);
  });

  it('shows the bundled digits network whole, to the share of each digit', async () => {
    await useBackend('wasm');
    const of = await realContext(await open(zooSpec('lenet', { weights: { bundled: 'digits' } })), [
      randomImage('digit', 28, 28, 1),
    ]);
    const { jobs } = arithmetic.plan(
      viewOf(arithmetic, { layers: 'predictions', filters: 4 }),
      planningOf(of, 1),
    );
    const [output] = await collect(arithmetic, jobs, of);
    const facts = output!.panels[0]!.facts as unknown as ArithmeticFacts;
    expect(facts.softmax!.units).toBe(10);
    expect(facts.softmax!.terms.reduce((sum, { share }) => sum + share!, 0)).toBeCloseTo(1, 5);
    expect(facts.softmax!.terms[4]!.share).toBeCloseTo(facts.places[0]!.output!, 5);
  });
});

describe('settings that cannot be honoured', () => {
  const problemsOf = async (settings: Record<string, unknown>): Promise<string[]> => {
    const of = await context();
    const planning = planningOf(of, 1);
    arithmetic.plan(viewOf(arithmetic, settings), planning);
    return (planning as unknown as { problems: { key: string; what: string }[] }).problems.map(
      ({ key, what }) => `${key}: ${what}`,
    );
  };
  beforeAll(() => useBackend('wasm'));

  it.each([
    [
      { layers: 'flat' },
      'layers: The arithmetic of layer `flat` (Flatten) cannot be written out: only that of convolutions, pooling, dense layers and activation functions can.',
    ],
    [{ layers: 'valid', positions: [[10, 0]] }, 'positions: Layer `valid` has no position [10, 0].'],
    [
      { layers: 'hidden', positions: [[0, 0]] },
      'positions: `positions` does not apply to layer `hidden`: its output is a vector, whose units have no position.',
    ],
    [
      { layers: 'rectified', positions: 'walk' },
      'positions: `walk` does not apply to layer `rectified` (ReLU): no window moves over its input.',
    ],
    [{ layers: 'valid', crop: [5, 5] }, 'crop: `crop` applies to `positions: walk` only.'],
    [{ layers: 'valid', corner: [1, 1] }, 'corner: `corner` applies to `positions: walk` only.'],
    [
      { layers: 'valid', positions: 'walk', crop: [9, 9] },
      'crop: `walk` over 9 x 9 values has 49 positions in layer `valid`. The limit is 25.',
    ],
    [
      { layers: 'valid', positions: 'walk', crop: [2, 2] },
      'crop: No window of layer `valid` lies within 2 x 2 values at [0, 0].',
    ],
    [
      { layers: 'valid', positions: 'walk', corner: [9, 0] },
      'crop: A crop of 5 x 5 at [9, 0] is larger than the input of layer `valid`.',
    ],
    [
      { layers: 'largest', functions: ['relu'] },
      'functions: `functions` does not apply to layer `largest` (MaxPooling2D): pooling has no activation function.',
    ],
    [
      {
        layers: ['valid', 'same', 'strided'],
        filters: 'all',
        positions: Array.from({ length: 16 }, (_, i) => [0, i % 4]),
      },
      'positions: The view has 160 panels. The limit is 64.',
    ],
  ])('are refused by name: %j', async (settings, message) => {
    expect(await problemsOf(settings)).toContain(message);
  });

  it('refuses a window of too many values', async () => {
    const spec: ModelSpec = {
      ...SPEC,
      source: { kind: 'inline', layers: [layer('wide', 'Conv2D', { filters: 1, kernel_size: [17, 16] })] },
      input: [20, 20],
    };
    const of = await realContext(await open(spec), []);
    const planning = planningOf(of, 1);
    arithmetic.plan(viewOf(arithmetic, { layers: 'wide' }), planning);
    expect(
      (planning as unknown as { problems: { what: string }[] }).problems.map(({ what }) => what),
    ).toEqual(['A window of layer `wide` spans 17 x 16 values.']);
  });

  it.each([
    { positions: 'run' },
    { positions: [[1]] },
    { positions: [[1, -2]] },
    { positions: [] },
    { crop: [13, 5] },
    { channels: 17 },
    { functions: ['step'] },
    { colormap: 'grey' },
  ])('does not read %j', (settings) => {
    expect(arithmetic.settings.safeParse({ layers: 'valid', ...settings }).success).toBe(false);
  });

  it('reads one position without a list', () => {
    const read = (positions: unknown): unknown =>
      arithmetic.settings.parse({ layers: 'valid', positions }).positions;
    expect(read([2, 3])).toEqual([[2, 3]]);
    expect(read('walk')).toEqual(['walk']);
    expect(read([[2, 3], 'walk'])).toEqual([[2, 3], 'walk']);
  });
});

/** Products of what is written out, bias added, are the value of the map. */
function checkSum({ channels, bias, places }: ArithmeticFacts, expected: number): void {
  const sum = channels!.reduce(
    (all, { values, weights }) =>
      all + weights!.reduce<number>((part, weight, i) => part + (weight ?? 0) * (values[i] ?? 0), 0),
    bias ?? 0,
  );
  expect(sum).toBeCloseTo(expected, 5);
  expect(Math.fround(places[0]!.output!)).toBe(expected);
}

function never(): never {
  throw new Error('no panel');
}
