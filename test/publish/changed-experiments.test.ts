import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChangedExperiments } from '../../src/publish/changed-experiments.ts';

let folder: string;
let changes: ChangedExperiments;
const known = new Set(['cat', 'dog', 'lenet']);
const at = (...paths: string[]): string[] => paths.map((path) => join(folder, path));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope changed-'));
  for (const path of at(
    ...['experiments/cat.yaml', 'experiments/more/dog.yml', 'experiments/new.yaml', 'experiments/cat.png'],
    ...['content/cat.md', 'content/lenet/01-first.md', 'content/lenet/picture.png', 'images/cat.yaml'],
  )) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
  }
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  changes = new ChangedExperiments({
    experiments: join(folder, 'experiments'),
    content: join(folder, 'content'),
  });
  changes.builtAllBut([]);
});

describe('after a build of all', () => {
  it.each([
    [['experiments/cat.yaml'], ['cat']],
    [
      ['experiments/more/dog.yml', 'content/cat.md'],
      ['cat', 'dog'],
    ],
    [['content/lenet/01-first.md'], ['lenet']],
  ])('%j concern %j', (paths, ids) => {
    changes.add(at(...paths), known);
    expect(changes.ids).toEqual(ids);
  });

  it.each([
    'experiments/new.yaml',
    'experiments/gone.yaml',
    'content/dog.md',
    'experiments/cat.png',
    'content/lenet/picture.png',
    'images/cat.yaml',
  ])('%s may concern all', (path) => {
    changes.add(at('experiments/cat.yaml', path), known);
    expect(changes.ids).toEqual([]);
    changes.add(at('content/cat.md'), known);
    expect(changes.ids).toEqual([]);
  });
});

it('what failed waits for the next build', () => {
  changes.add(at('experiments/cat.yaml'), known);
  changes.add(at('content/lenet/01-first.md'), known);
  expect(changes.ids).toEqual(['cat', 'lenet']);
  changes.builtAllBut(['cat']);
  expect(changes.ids).toEqual(['cat']);
  changes.requireAll();
  expect(changes.ids).toEqual([]);
});

it('begins with all', () => {
  const fresh = new ChangedExperiments({ experiments: folder, content: folder });
  fresh.add(at('experiments/cat.yaml'), known);
  expect(fresh.ids).toEqual([]);
});
