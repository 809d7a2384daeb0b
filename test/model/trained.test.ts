import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { digits, patterns } from '../../scripts/training/drawers.ts';
import { evaluate } from '../../scripts/training/evaluate.ts';
import { type Drawer, drawSet } from '../../scripts/training/image-set.ts';
import { createModel } from '../../src/model/executor.ts';
import { classesOf, findZooModel } from '../../src/model/zoo/index.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { ModelSpec } from '../../src/schema/experiment.ts';
import { useBackend } from '../backend/with-backend.ts';
import { messageOf, open, temporaryFolder, zooSpec } from './opening.ts';

const folder = temporaryFolder();
/** Neither the one that training draws from nor the one that it is tested on. */
const SEED = 20_25;

async function recognised(spec: ModelSpec, drawer: Drawer, perClass: number, size: number) {
  const { signal } = new AbortController();
  const set = await drawSet(drawer, { perClass, size, seed: SEED }, { folder, signal, tell: () => {} });
  const model = await createModel(await open(spec));
  const evaluation = evaluate(model, set);
  model.dispose();
  return evaluation;
}

describe('the bundled weights', () => {
  beforeAll(() => useBackend('wasm'));

  it('let patternnet recognise images it has never seen', async () => {
    const { accuracy, images: pictures, dead } = await recognised(zooSpec('patternnet'), patterns, 10, 96);
    expect(pictures).toBe(330);
    expect(accuracy).toBeGreaterThan(0.93);
    expect(dead.map(({ layer }) => layer)).toEqual(['conv1', 'conv2', 'conv3', 'conv4', 'conv5']);
    for (const { dead: count, filters } of dead) expect(count / filters).toBeLessThanOrEqual(0.05);
  });

  it('let lenet read digits', async () => {
    const spec = zooSpec('lenet', { weights: { bundled: 'digits' } });
    const { accuracy, images: pictures } = await recognised(spec, digits, 30, 28);
    expect(pictures).toBe(300);
    expect(accuracy).toBeGreaterThan(0.96);
  });

  it('tell nothing apart where they are random', async () => {
    const { accuracy } = await recognised(zooSpec('patternnet', { weights: 'random' }), patterns, 2, 96);
    expect(accuracy).toBeLessThan(0.2);
  });

  it.each([
    ['patternnet', 2_000_000],
    ['lenet-digits', 250_000],
  ])('of %s are small', (name, most) => {
    expect(statSync(join(packageRoot, 'models', name, 'weights.bin')).size).toBeLessThan(most);
  });

  it.each([
    ['patternnet', undefined],
    ['lenet', 'digits'],
  ])('of %s know their classes, in the order of the units', (name, weights) => {
    const model = findZooModel(name)!;
    const classes = classesOf(model, weights)!;
    const path = join(packageRoot, model.bundled![weights ?? model.bundledDefault!]!.model);
    const json = JSON.parse(readFileSync(path, 'utf8')) as { userDefinedMetadata: { classes: string[] } };
    expect(classes).toEqual(json.userDefinedMetadata.classes);
    const nodes = model.network({ input: [96, 96], includeTop: true, preprocess: 'tf' }).nodes;
    expect(nodes[nodes.length - 1]!.config['units']).toBe(classes.length);
  });

  it('tell what the units stand for where the classifier is there and trained', async () => {
    const named = async (more: Partial<ModelSpec>, zoo = 'patternnet') =>
      (await open(zooSpec(zoo, more))).classes;
    expect((await named({}))?.[31]).toBe('owl');
    expect((await named({ weights: { bundled: 'digits' } }, 'lenet'))?.length).toBe(10);
    expect(await named({ weights: 'random' })).toBeUndefined();
    expect(await named({ includeTop: false })).toBeUndefined();
    expect(await named({}, 'lenet')).toBeUndefined();
  });

  it('have an identity of their own', async () => {
    const [trained, again, random] = await Promise.all([
      open(zooSpec('patternnet')),
      open(zooSpec('patternnet', { weights: { bundled: 'patterns' } })),
      open(zooSpec('patternnet', { weights: 'random' })),
    ]);
    expect(trained.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(again.weightsSha256).toBe(trained.weightsSha256);
    expect(random.weightsSha256).toBe('random:1');
    expect(trained.fingerprint(1)).not.toBe(random.fingerprint(1));
  });

  it('leave the classifier out where that is asked for', async () => {
    const { layers, loadWeights } = await open(
      zooSpec('patternnet', { includeTop: false, input: [320, 400] }),
    );
    expect(layers[layers.length - 1]).toMatchObject({ name: 'conv5', outputShape: [40, 50, 128] });
    expect([...(await loadWeights()).keys()]).toEqual(['conv1', 'conv2', 'conv3', 'conv4', 'conv5']);
  });

  it('take images of any size with patternnet, of one with lenet', async () => {
    const { layers } = await open(zooSpec('patternnet', { input: [200, 120] }));
    expect(layers[layers.length - 1]!.outputShape).toEqual([33]);
    const large = zooSpec('lenet', { weights: { bundled: 'digits' }, input: [64, 64] });
    expect(await messageOf(open(large), folder)).toBe(
      'x.yaml(input): `lenet` with its classifier takes images of 28x28 pixels, not 64x64.\n' +
        "  The classifier's weights fit that size only.\n" +
        '  Add `include_top: false`, or leave `input` out.',
    );
  });

  it.each([
    ['lenet', 'digits, random'],
    ['patternnet', 'patterns, random'],
    ['vgg16', 'random'],
  ])('are refused by name where %s has no such weights', async (name, valid) => {
    const spec = zooSpec(name, { weights: { bundled: 'digitz' } });
    expect(await messageOf(open(spec), folder)).toBe(
      `x.yaml(weights): There are no weights \`digitz\` of \`${name}\`.\n` +
        '  Name a weight file with its ending: `weights: path/to/name.weights.h5`.\n' +
        `  Valid: ${valid}`,
    );
  });
});
