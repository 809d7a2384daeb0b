import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consoleLogger } from '../../src/effects.ts';
import { plainProgress, type ProgressEvent } from '../../src/pipeline/progress.ts';
import { captured, filterscopeHere } from './run-here.ts';
import type { Outcome } from './run.ts';

/** Red from here on, writing turned round, a C1 command, an invisible space. */
const ACTING = '\u001b[31m\u202e\u009b2J\u200b';
const SHOWN = '\\u001b[31m\\u202e\\u009b2J\\u200b';
const LAYER = `c1${ACTING}
Warning: forged`;

/** Two filters of 3 x 3 without a bias, as TensorFlow.js writes them. */
const model = (layer: string) => ({
  format: 'layers-model',
  modelTopology: {
    class_name: 'Sequential',
    config: {
      name: 'm',
      layers: [
        {
          class_name: 'InputLayer',
          config: { name: 'in', batch_input_shape: [null, 24, 24, 3], dtype: 'float32' },
        },
        {
          class_name: 'Conv2D',
          config: { name: layer, filters: 2, kernel_size: [3, 3], activation: 'linear', use_bias: false },
        },
      ],
    },
  },
  weightsManifest: [
    { paths: ['w.bin'], weights: [{ name: `${layer}/kernel`, shape: [3, 3, 3, 2], dtype: 'float32' }] },
  ],
});

const experiment = (id: string) => `title: ${id}
model: { file: "../${MODEL_ESCAPED}/model.json" }
images: { folder: ../images }
views:
  - { technique: feature-maps, layer: 1, filters: 0-1, images: all }
`;

/** A path may hold no control characters, but turn the writing round. */
const MODEL = 'model\u202e\u200b';
const MODEL_ESCAPED = 'model\\u202e\\u200b';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope hostile-'));
  for (const name of ['experiments', 'broken', MODEL, `images/class${ACTING}`]) {
    await mkdir(join(folder, name), { recursive: true });
  }
  await writeFile(join(folder, MODEL, 'model.json'), JSON.stringify(model(LAYER)));
  await writeFile(
    join(folder, MODEL, 'w.bin'),
    new Uint8Array(Float32Array.from({ length: 54 }, Math.sin).buffer),
  );
  const colour = { create: { width: 24, height: 24, channels: 3, background: 'teal' } } as const;
  await sharp(colour)
    .png()
    .toFile(join(folder, 'images', `class${ACTING}`, 'plain.png'));
  await writeFile(join(folder, 'images', `class${ACTING}`, `bad${ACTING}.png`), 'no image');
  await writeFile(join(folder, 'experiments', 'maps.yaml'), experiment('"a\\u202e"'));
  await writeFile(join(folder, 'experiments', 'odd\u202e.yaml'), experiment('odd'));
  await writeFile(join(folder, 'broken', `b${ACTING}.yaml`), 'title: [\u202e\u200b\n  bad: }\u2066\n');
  await writeFile(
    join(folder, 'broken', 'c.yaml'),
    'title: "\u202e"\ncolour\u202e: "\\e[31m"\nmodel: { file: "\\u202e.keras" }\n',
  );
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...args: string[]) => filterscopeHere(args);
const here = () => ['--experiments', join(folder, 'experiments'), '--cache', join(folder, 'cache')];

function expectInert({ stdout, stderr }: Outcome): void {
  for (const text of [stdout, stderr]) {
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(text).not.toMatch(/^Warning: forged/m);
  }
}

describe('names that act on a terminal', () => {
  it('are written out where layers are listed', async () => {
    const plain = await run('layers', join(folder, MODEL, 'model.json'));
    expectInert(plain);
    expect(plain.stdout).toContain(`1 c1${SHOWN}\\nWarning: forged`);
    const json = await run('layers', join(folder, MODEL, 'model.json'), '--json');
    expectInert(json);
    const layers = JSON.parse(json.stdout) as { name: string }[];
    expect(layers[1]!.name).toBe(LAYER);
  });

  it('are written out where experiments are checked, with images that are left out', async () => {
    const plan = await run('check', '--plan', 'maps', ...here());
    expectInert(plan);
    expect(plan.status).toBe(0);
    const json = await run('check', '--json', 'maps', ...here());
    expectInert(json);
    expect(JSON.parse(json.stdout)).toMatchObject({ event: 'plan', id: 'maps', title: 'a\u202e' });
    expectInert(await run('check', ...here()));
  });

  it('are written out while work goes on', async () => {
    const events: ProgressEvent[] = [
      { event: 'plan', experiment: LAYER, units: 2, cached: 0 },
      { event: 'unit', experiment: LAYER, view: LAYER, label: `${LAYER} · ${LAYER}`, done: 2, total: 2 },
      { event: 'skipped', experiment: LAYER, notice: `no ${ACTING}` },
      { event: 'weights', source: LAYER },
      { event: 'warning', message: `bad${ACTING}.png` },
      { event: 'end', units: 2, cached: 0, milliseconds: 1, out: LAYER },
    ];
    const outcome = await captured(async () => {
      const progress = plainProgress(consoleLogger, () => 0);
      for (const event of events) progress.tell(event);
      return 0;
    });
    expectInert(outcome);
    expect(outcome.stdout).toContain(`2/2  0:00  c1${SHOWN}\\nWarning: forged/`);
    expect(outcome.stderr).toBe(`Warning: bad${SHOWN}.png\n`);
  });

  it('are written out in errors, and in what is repeated of the command line', async () => {
    const outcomes = [
      await run('check', '--experiments', join(folder, 'broken')),
      await run('layers', `no${ACTING}such`),
      await run('layers', `no/such${ACTING}.keras`),
      await run(`bui${ACTING}ld`),
      await run('build', `--${ACTING}`),
      await run('build', '--experiments', `none${ACTING}`),
      await run('preview', '--out', `none${ACTING}`),
      await run('weights', 'pull', `npm:${ACTING}`),
    ];
    for (const outcome of outcomes) {
      expectInert(outcome);
      expect(outcome.status).toBe(2);
      expect(outcome.stderr).toMatch(/\\u(?:001b|202e)/);
    }
  });
});
