import { readFile } from 'node:fs/promises';
import { defineFormat, UserError, z } from 'filterscope';

const fileSchema = z.strictObject({
  input: z.tuple([z.int(), z.int(), z.int()]),
  layers: z.array(
    z.strictObject({
      type: z.string(),
      config: z.record(z.string(), z.unknown()),
      weights: z.record(z.string(), z.strictObject({ shape: z.array(z.int()), values: z.array(z.number()) })),
    }),
  ),
});

/** A chain of layers as JSON, weights included. */
export const toyFormat = defineFormat({
  name: 'toy',
  endings: ['.toy'],
  example: 'name.toy',
  saving: 'Write the layers as JSON.',
  async open(path, { place, preprocess }) {
    const parsed = fileSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    if (!parsed.success) throw new UserError({ what: 'This is no toy model.', place });
    const { input: inputShape, layers } = parsed.data;
    const nodes = [
      { name: 'input', type: 'InputLayer', config: {}, inputs: [] as string[] },
      ...layers.map(({ type, config }, index) => ({
        ...{ name: `layer${index + 1}`, type, config },
        inputs: [index === 0 ? 'input' : `layer${index}`],
      })),
    ];
    return {
      network: { name: 'toy', format: 'toy', inputShape, nodes, preprocess },
      tree: nodes.map(({ name, type }) => ({ name, type, node: name })),
      checkWeights: () => Promise.resolve(),
      loadWeights: () =>
        Promise.resolve(
          new Map(
            layers.map(({ weights }, index) => [
              `layer${index + 1}`,
              new Map(
                Object.entries(weights).map(([name, { shape, values }]) => [
                  name,
                  { shape, data: Float32Array.from(values) },
                ]),
              ),
            ]),
          ),
        ),
    };
  },
});
