import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import { listFolder } from '../../src/store/store.ts';
import { buildWithoutPages, galleryOf } from './small-gallery.ts';
import { DRAWN_EXPERIMENT, makeWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';

/**
 * Every file of the cache is damaged in every way; the next build must equal a clean one, byte for byte. `npm test` takes a sample;
 * FILTERSCOPE_FAULTS=all takes all, and says how many.
 */
const everything = process.env['FILTERSCOPE_FAULTS'] === 'all';
const SAMPLE = 16;

/** All techniques, and all that they put into the cache; pages of many columns, which are soon drawn. */
const EXPERIMENT = `title: Everything
model:
  input: [16, 16]
  layers:
    - conv2d: {name: first, filters: 4, kernel: 3, activation: relu}
    - max_pool: {name: pool, pool: 2}
    - conv2d: {name: second, filters: 3, kernel: 3, activation: relu}
images:
  folder: ../photos
seed: 3
views:
  - {id: maps, technique: feature-maps, layer: first, images: all, values: true, grid: 1x20}
  - {id: contours, technique: feature-maps, layer: second, images: 0, style: contour, normalize: layer, grid: 1x20}
  - {id: dreams, technique: activation-maximization, layer: first, filters: {first: 1}, size: 16, steps: 4, values: true, grid: 1x20}
  - {id: patches, technique: top-patches, layer: first, filters: {first: 2}, top: 2, values: true, grid: 1x20}
  - {id: steps, technique: stages, grid: 1x20}
  - {id: weights, technique: kernels, grid: 1x20}
`;
type Damage = (path: string, another: string) => Promise<void>;

const flip =
  (at: (length: number) => number): Damage =>
  async (path) => {
    const bytes = await readFile(path);
    const index = at(bytes.length);
    bytes[index] = bytes[index]! ^ 1;
    await writeFile(path, bytes);
  };

const damages: Readonly<Record<string, Damage>> = {
  'first byte': flip(() => 0),
  'a byte of the first line': flip((length) => Math.min(30, length - 1)),
  'middle byte': flip((length) => length >> 1),
  'last byte': flip((length) => length - 1),
  'cut in half': async (path) => {
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length >> 1));
  },
  'last byte missing': async (path) => writeFile(path, (await readFile(path)).subarray(0, -1)),
  'one byte more': async (path) => writeFile(path, Buffer.concat([await readFile(path), Buffer.from('\n')])),
  empty: (path) => writeFile(path, ''),
  garbage: (path) => writeFile(path, Buffer.alloc(200_000, 'garbage{')),
  'the file of another': async (path, another) => writeFile(path, await readFile(another)),
  'a folder in its place': async (path) => {
    await rm(path);
    await mkdir(path);
    await writeFile(join(path, 'inside'), '');
  },
  missing: (path) => rm(path),
};

describe('a damaged cache', () => {
  const sharedHost = shareHost();
  let workspace: Workspace;
  let pristine: string;
  let files: readonly string[];
  let expected: readonly string[];

  beforeAll(async () => {
    workspace = await makeWorkspace({
      'experiments/everything.yaml': EXPERIMENT,
      'experiments/drawn.yaml': DRAWN_EXPERIMENT,
    });
    await build();
    expected = await gallery();
    const { cache, out } = workspace.options;
    pristine = `${cache}.pristine`;
    await cp(cache, pristine, { recursive: true });
    await rm(out, { recursive: true });
    files = (await listFolder(pristine)).map(({ path }) => path);
  });
  afterAll(() => sharedHost.close());

  const build = (ids: readonly string[] = []): Promise<void> => buildWithoutPages(workspace, sharedHost, ids);
  const gallery = (): Promise<readonly string[]> => galleryOf(workspace);

  /** What a build makes of a cache in which one file was damaged. */
  async function rebuilt(
    file: string,
    damage: Damage,
    prepare: () => Promise<void>,
  ): Promise<readonly string[]> {
    const { cache, out } = workspace.options;
    const others = files.filter((path) => path !== file && dirname(path) === dirname(file));
    await damage(join(cache, file), join(pristine, others[0] ?? files[0]!));
    await prepare();
    try {
      await build();
      return await gallery();
    } finally {
      await rm(cache, { recursive: true, force: true });
      await rm(out, { recursive: true, force: true });
      await cp(pristine, cache, { recursive: true });
    }
  }

  /** Results are read again: the panels of all are drawn anew. */
  const forgetSheets = async (): Promise<void> => {
    for (const kind of ['sheet', 'view'])
      await rm(join(workspace.options.cache, 'records', kind), { recursive: true, force: true });
  };
  /** Only findings about single images are left: everything is computed anew. */
  const forgetResults = (): Promise<void> =>
    rm(join(workspace.options.cache, 'raw'), { recursive: true, force: true });

  /** What to remove first, so that a build reads the file; mostly nothing. */
  const needs = (file: string): readonly (() => Promise<void>)[] => {
    if (file.startsWith('partial')) return [forgetResults];
    // Records of jobs and sheets are read where views are not known.
    return /^(raw|records\/(job|sheet|figure))/.test(file) ? [nothing, forgetSheets] : [nothing];
  };

  it('holds an entry of every kind', () => {
    const kinds = new Set(
      files.map((path) =>
        path
          .split('/')
          .slice(0, path.startsWith('records/') ? 2 : 1)
          .join('/'),
      ),
    );
    expect([...kinds].sort()).toEqual([
      ...['.filterscope-cache', 'assets', 'partial', 'raw', 'records/assets-in', 'records/backend'],
      ...[
        'records/drawing',
        'records/figure',
        'records/image',
        'records/images',
        'records/job',
        'records/pages',
        'records/published',
        'records/published-texts',
      ],
      ...['records/sheet', 'records/timing', 'records/view', 'records/weights', 'reports'],
    ]);
  });

  it('gives the gallery that a clean one gives', async () => {
    const trials = files.flatMap((file) =>
      Object.keys(damages).flatMap((damage) => needs(file).map((prepare) => ({ file, damage, prepare }))),
    );
    const chosen = everything ? trials : sampleOf(trials, SAMPLE);
    const wrong: string[] = [];
    for (const { file, damage, prepare } of chosen) {
      const found = await rebuilt(file, damages[damage]!, prepare).catch((error: unknown) => [String(error)]);
      if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push(`${file}: ${damage}: ${found[0]}`);
    }
    if (everything) process.stdout.write(`${chosen.length} damages of ${files.length} files\n`);
    expect(wrong).toEqual([]);
  }, 7_200_000);

  it('names what was damaged', async () => {
    workspace.warnings.length = 0;
    const raw = files.find((path) => path.startsWith('raw/'))!;
    expect(await rebuilt(raw, damages['last byte']!, forgetSheets)).toEqual(expected);
    expect(workspace.warnings).toEqual([expect.stringContaining(raw)]);
  });

  it('stops nothing where files are in the place of its folders', async () => {
    const { cache } = workspace.options;
    for (const folders of [
      ['raw', 'partial', 'records', 'assets', 'reports'],
      ['records/sheet', 'reports/files'],
    ]) {
      const asFiles = async (): Promise<void> => {
        for (const folder of folders) {
          await rm(join(cache, folder), { recursive: true, force: true });
          await writeFile(join(cache, folder), 'a file');
        }
      };
      expect(await rebuilt(files[0]!, asFiles, nothing)).toEqual(expected);
    }
  });

  it('builds the report of an experiment that was not asked for again, too', async () => {
    const { cache, out } = workspace.options;
    const [pointer] = files.filter((path) => path.endsWith('/drawn.json'));
    const { files: parts } = JSON.parse(await readFile(join(pristine, pointer!), 'utf8')) as {
      files: { sha256: string }[];
    };
    for (const path of [pointer!, `reports/files/${parts[0]!.sha256}`]) {
      await writeFile(join(cache, path), '{}');
      workspace.warnings.length = 0;
      await build(['everything']);
      expect(await gallery()).toEqual(expected);
      expect(workspace.warnings).toEqual([
        'The reports of `drawn` in the cache are damaged. They are built again.',
      ]);
    }
    expect(await gallery()).toEqual(expected);
    await rm(out, { recursive: true });
  });
});

const nothing = (): Promise<void> => Promise.resolve();

/** The same ones in every run, spread over all. */
function sampleOf<T>(all: readonly T[], count: number): readonly T[] {
  // A step that shares no divisor with the number of damages meets all of them.
  return Array.from(
    { length: count },
    (_, index) => all[Math.floor(((index * 0.6180339887) % 1) * all.length)]!,
  );
}
