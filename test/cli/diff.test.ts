import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import { buildWithoutPages } from '../publish/small-gallery.ts';
import { makeWorkspace, modelJson, SMALL_EXPERIMENT } from '../publish/workspace.ts';
import type { Workspace } from '../publish/workspace.ts';
import { kerasFixtures } from '../model/opening.ts';
import { filterscopeHere } from './run-here.ts';

let folder: string;
const diff = (...args: string[]) => filterscopeHere(['diff', ...args], { cwd: folder });

const STACK = `title: Stack
model:
  input: [12, 10]
  layers:
    - { type: conv2d, name: first, filters: 2, kernel: 3 }
    - { type: max_pool, name: smaller, pool: 2 }
    - { type: conv2d, name: second, filters: 2, kernel: 3 }
seed: 4
views:
  - { id: kernels, technique: kernels, layer: first }
  - { id: others, technique: kernels, layer: second }
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope diff-'));
  await mkdir(join(folder, 'experiments'));
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  await write('experiments/stack.yaml', STACK);
  const other = STACK.replace('Stack', 'Other stack')
    .replace('second, filters: 2', 'second, filters: 3')
    .replace('  - { id: kernels, technique: kernels, layer: first }\n', '');
  await write('experiments/other.yaml', other);
  await mkdir(join(folder, 'older'));
  await write('older/stack.yaml', STACK.replace('seed: 4', 'seed: 5'));
  for (const [name, weights] of Object.entries({ a: [1, 2, 3, 4, 5, 6], b: [1, 2, 3, 4, 5, 6.6] })) {
    await mkdir(join(folder, name));
    await write(`${name}/model.json`, modelJson());
    await writeFile(join(folder, name, 'weights.bin'), Buffer.from(Float32Array.from(weights).buffer));
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe('two networks', () => {
  it('that are one differ in nothing', async () => {
    const { status, stdout } = await diff('a/model.json', 'a/model.json');
    expect(stdout).toBe('No difference between a/model.json and a/model.json.\n');
    expect(status).toBe(0);
  });

  it('differ in a weight by what arithmetic says', async () => {
    const { status, stdout } = await diff('a/model.json', 'b/model.json', '--json');
    expect(status).toBe(1);
    const found = JSON.parse(stdout) as { weights: { layer: string; most: number; whole: number }[] };
    expect(found).toMatchObject({
      event: 'diff',
      kind: 'networks',
      onlyA: [],
      onlyB: [],
      changed: [],
      compared: 1,
    });
    expect(found.weights).toHaveLength(1);
    const [{ layer, most, whole }] = found.weights as [{ layer: string; most: number; whole: number }];
    expect(layer).toBe('conv');
    expect(most).toBeCloseTo(0.6 / 6.6, 6);
    expect(whole).toBeCloseTo(0.6 / Math.hypot(1, 2, 3, 4, 5, 6.6), 6);
  });

  it('are equal within a tolerance', async () => {
    expect((await diff('a/model.json', 'b/model.json', '--tolerance', '0.11')).status).toBe(0);
    expect((await diff('a/model.json', 'b/model.json', '--tolerance', '0.09')).status).toBe(1);
  });

  it('are the same in files of one network that Keras wrote in two formats', async () => {
    const [h5, keras] = ['vgg_like.h5', 'vgg_like.keras'].map((name) => join(kerasFixtures, name)) as [
      string,
      string,
    ];
    expect(await diff(h5, keras)).toMatchObject({ status: 0, stderr: '' });
  });

  it('of different layers are told apart by these', async () => {
    const { status, stdout } = await diff('lenet', 'stack');
    expect(status).toBe(1);
    expect(stdout).toContain('Layers only in lenet: 10\n  conv1\n');
    expect(stdout).toContain('Layers only in stack: 3\n  first\n  smaller\n  second\n');
    expect(stdout).toContain('output of input: [28,28,1] -> [12,10,3]');
  });
});

describe('two experiments', () => {
  it('differ in settings, layers and weights', async () => {
    const { status, stdout } = await diff('stack', 'other');
    expect(stdout).toMatchInlineSnapshot(`
      "Settings only in stack: 1
        views.kernels
      Settings that differ: 2
        title: "Stack" -> "Other stack"
        model.source.layers.second.config.filters: 2 -> 3
      Changed: 2
        output of second: [3,2,2] -> [3,2,3]
        filters of second: 2 -> 3
      "
    `);
    expect(status).toBe(1);
  });

  it('may be a file of another folder', async () => {
    const { status, stdout } = await diff('older/stack.yaml', 'stack');
    expect(stdout).toContain('seed: 5 -> 4\n');
    expect(stdout).toContain('Weights that differ: 2 of 2 layers');
    expect(status).toBe(1);
  });
});

describe('two galleries', () => {
  const host = shareHost();
  let [same, changed, coloured]: Workspace[] = [];
  const gallery = async (text: string): Promise<Workspace> => {
    const workspace = await makeWorkspace({ 'experiments/small.yaml': text });
    await buildWithoutPages(workspace, host);
    return workspace;
  };
  beforeAll(async () => {
    same = await gallery(SMALL_EXPERIMENT);
    changed = await gallery(
      SMALL_EXPERIMENT.replace('seed: 3', 'seed: 4').replace('filters: [0, 2]', 'filters: [0]'),
    );
    coloured = await gallery(
      SMALL_EXPERIMENT.replace('    layer: first', '    layer: first\n    colormap: grey'),
    );
    await host.close();
  }, 60_000);

  it('that are equal differ in nothing, also as the folder of a report', async () => {
    const again = join(folder, 'again');
    await cp(same!.options.out, again, { recursive: true });
    expect(await diff(same!.options.out, again)).toMatchObject({ status: 0, stderr: '' });
    const reports = [join(again, 'small'), join(again, 'small/report.json')];
    expect((await diff(...(reports as [string, string]))).status).toBe(0);
  });

  it('differ in the numbers of panels', async () => {
    const { status, stdout } = await diff(same!.options.out, changed!.options.out, '--json');
    expect(status).toBe(1);
    const { views, changed: lines } = JSON.parse(stdout) as {
      views: {
        view: string;
        panels: number;
        of: number;
        onlyA: number;
        onlyB: number;
        most: number | null;
      }[];
      changed: { what: string; a: string; b: string }[];
    };
    expect(lines).toEqual([{ what: 'weights of small', a: 'random:3', b: 'random:4' }]);
    expect(views.map(({ view, panels, of, onlyA, onlyB }) => [view, panels, of, onlyA, onlyB])).toEqual([
      ['maps', 12, 12, 0, 0],
      ['last', 1, 1, 1, 0],
      ['stages', 3, 4, 0, 0],
      ['kernels-first-conv', 4, 4, 0, 0],
    ]);
    // Null where flags differ, which no number says.
    expect(views.every(({ most }) => most === null || most > 0)).toBe(true);
    expect(views.find(({ view }) => view === 'maps')!.most).toBeLessThan(2.1);
    expect((await diff(same!.options.out, changed!.options.out, '--tolerance', '1e9')).status).toBe(1);
  });

  it('in other colours have the same numbers', async () => {
    const { status, stdout } = await diff(same!.options.out, coloured!.options.out);
    expect(stdout).toBe('Same numbers, drawn otherwise: 1\n  small/maps\n');
    expect(status).toBe(0);
  });

  it('differ in one value of an array', async () => {
    const copy = join(folder, 'array');
    await cp(same!.options.out, copy, { recursive: true });
    const report = join(copy, 'small/report.json');
    const { views } = JSON.parse(await readFile(report, 'utf8')) as {
      views: { id: string; values?: { src: string }[] }[];
    };
    const { src } = views.find(({ id }) => id === 'last')!.values![0]!;
    const file = join(copy, 'small', src);
    const bytes = await readFile(file);
    bytes[bytes.length - 1]! ^= 0x40;
    await writeFile(file, bytes);
    const { status, stdout } = await diff(same!.options.out, copy);
    expect(stdout).toMatch(/^Views that differ: 1\n {2}small\/last: 1 of 2 panels, most /);
    expect(status).toBe(1);
  });

  it('are not compared with networks, nor read where they are damaged', async () => {
    const wrong = await diff(same!.options.out, 'lenet');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('The first is a gallery or report, the second a network.');
    await mkdir(join(folder, 'broken'));
    await writeFile(join(folder, 'broken/report.json'), '{"schemaVersion": 2}');
    const broken = await diff('broken', 'broken');
    expect(broken.status).toBe(2);
    expect(broken.stderr).toContain('is no report of this version');
  });
});

it('refuses a tolerance that is no number', async () => {
  const { status, stderr } = await diff('a/model.json', 'b/model.json', '--tolerance', 'few');
  expect(status).toBe(2);
  expect(stderr).toContain('It must be a number from 0, such as 1e-4.');
});
