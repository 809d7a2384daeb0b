import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateText } from '../mutate-text.ts';
import type { Target } from '../target.ts';
import { expect } from '../target.ts';
import { readProject } from './text-files.ts';

const folder = join(packageRoot, 'experiments');

const ALL_KEYS = `title: All that can be written
model:
  input: [24, 24]
  channels: 3
  layers:
    - conv2d: {filters: 3, kernel: 3, name: a, activation: relu, initializer: he_normal}
    - relu
    - max_pool: 2
    - {type: average_pool, pool: [2, 2], padding: same, from: a}
    - flatten
    - dense: {units: 3, use_bias: false}
images:
  classes: {cats: [a.png, b.png], dogs: c.jpg}
  glob: "*.png"
  folder: [../photos]
  crop: {x: 0, y: 0, width: 1, height: 0.5}
  tiles: 4x5
  limit: 3
seed: 7
views:
  - {id: one, technique: feature-maps, layer: a, filters: [0, 1-2], images: -1, grid: &grid 2x2, label: "{filter}"}
  - {technique: feature-maps, layers: [0, 1], normalize: fixed, range: [0, 1], grid: *grid, values: true}
  - {technique: activation-maximization, layer: a, filters: {first: 2}, steps: 16, size: [8, 8]}
  - {technique: top-patches, layers: all-conv, filters: {random: 2}, projection: guided}
  - technique: kernels
`;

const SCRAPS = [
  ...[
    '[',
    ']',
    '{',
    '}',
    ': ',
    '- ',
    '"',
    "'",
    '\n',
    '  ',
    '\n  - ',
    ', ',
    '? ',
    '| \n',
    '> \n',
    '#',
    '\t',
    '%',
    '@',
    '`',
  ],
  ...[
    '*a ',
    '&a ',
    '*grid',
    '!!x ',
    '!x',
    '<<: ',
    '---\n',
    '...\n',
    '__proto__: 1',
    'constructor: 1',
    '\\',
    '\ufeff',
    '\u202e',
    '🐈',
  ],
  ...[
    'null',
    '~',
    'true',
    '-1',
    '0',
    '1e9',
    '1e300',
    '.nan',
    '.inf',
    '-.inf',
    '0x10',
    '0o7',
    '1_000',
    '9'.repeat(400),
    '0.1',
  ],
  ...[
    '[]',
    '{}',
    '[[1]]',
    '[1, 2, 3]',
    '{a: 1}',
    '""',
    '0-48',
    '0-999999999',
    '-3',
    '1e9x1e9',
    '1000x1000',
    'all',
    'class:a',
  ],
  ...[
    'relu,',
    '- relu\n',
    'conv2d: {filters: 1, kernel: 1}',
    '../a',
    '/a',
    'npm:a@1.0.0/b',
    'pypi:a==1/b',
    'a: '.repeat(50),
  ],
  ...['x'.repeat(5000), '['.repeat(200), '{a: '.repeat(200), '- '.repeat(200), 'a'.repeat(200)],
];

/** Experiment files. */
export const yaml: Target = {
  name: 'yaml',
  async corpus() {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
    const found = names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) }));
    return [{ name: 'all-keys.yaml', bytes: Buffer.from(ALL_KEYS) }, ...(await Promise.all(found))];
  },
  mutate({ bytes }, random, other) {
    if (random.below(8) === 0) return mutateBytes(bytes, random, other.bytes);
    const [text, more] = [bytes, other.bytes].map((each) => Buffer.from(each).toString()) as [string, string];
    return Buffer.from(mutateText(text, random, more, SCRAPS));
  },
  async read({ bytes }) {
    const { experiments, problems } = await readProject({ 'experiments/a.yaml': bytes });
    expect(experiments.length > 0 !== problems.length > 0, 'neither an experiment nor a problem, or both');
    for (const { views, locate } of experiments) {
      for (const { index } of views)
        expect(locate(['views', index]).line !== undefined, 'a view without a line');
    }
  },
};
