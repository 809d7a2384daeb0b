import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import type { Report, View } from '../../src/schema/report.ts';
import { filterscope } from '../cli/run.ts';
import type { Outcome } from '../cli/run.ts';

/** The project in project/ as a user has it: every kind of plug-in, each one file and one line of the configuration. */
let folder: string;
let built: Outcome;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope plug-ins-'));
  await cp(join(packageRoot, 'test/plugins/project'), folder, { recursive: true });
  built = await run('build');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]): Promise<Outcome> =>
  filterscope([...args, '--backend', 'wasm', '--json'], { cwd: folder });
const events = ({ stdout }: Outcome): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const read = (path: string): Promise<string> => readFile(join(folder, 'dist', path), 'utf8');
const report = async (id: string): Promise<Report> => JSON.parse(await read(`${id}/report.json`)) as Report;

async function change(path: string, from: string, to: string): Promise<() => Promise<void>> {
  const file = join(folder, path);
  const before = await readFile(file, 'utf8');
  expect(before).toContain(from);
  await writeFile(file, before.replace(from, to));
  return () => writeFile(file, before);
}

async function valuesOf({ values }: View): Promise<{ shape: number[]; data: Float32Array }> {
  const bytes = await readFile(join(folder, 'dist/toy', values![0]!.src));
  const start = 10 + bytes.readUInt16LE(8);
  const shape = /\((\d+), (\d+), (\d+)\)/
    .exec(bytes.subarray(0, start).toString('latin1'))!
    .slice(1)
    .map(Number);
  return { shape, data: new Float32Array(new Uint8Array(bytes.subarray(start)).buffer) };
}

describe('plug-ins', () => {
  it('build without a word', () => {
    expect(built).toMatchObject({ status: 0, stderr: '' });
    expect(events(built).at(-1)).toMatchObject({ event: 'end', units: 7, cached: 0 });
  });

  it('are found in the cache when nothing has changed', async () => {
    expect(events(await run('build')).at(-1)).toMatchObject({ units: 7, cached: 7 });
  });

  it('compute: a layer type, in a network of a format', async () => {
    const { model, views } = await report('toy');
    expect(model).toMatchObject({ format: 'toy', parameters: 20 });
    expect(model.layers.at(-1)).toMatchObject({ type: 'ScaledTanh', kind: 'activation' });
    const { shape, data } = await valuesOf(views[0]!);
    expect(shape).toEqual([24, 22, 2]);
    // By the weights in the file, of red r in 0..1: 2·tanh(r[x + 2] - r[x]) and 2·tanh(r[x] + 0.25).
    const [first, second] = [data.filter((_, at) => at % 2 === 0), data.filter((_, at) => at % 2 === 1)];
    expect(Math.min(...second)).toBeGreaterThanOrEqual(2 * Math.tanh(0.25) - 1e-6);
    expect(Math.max(...second)).toBeLessThanOrEqual(2 * Math.tanh(1.25) + 1e-6);
    const red = Array.from(second, (value) => Math.atanh(value / 2) - 0.25);
    const differences = red.flatMap((value, at) =>
      at % 22 < 20 ? [2 * Math.tanh(red[at + 2]! - value)] : [],
    );
    const shown = Array.from(first).filter((_, at) => at % 22 < 20);
    shown.forEach((value, at) => expect(value).toBeCloseTo(differences[at]!, 4));
  });

  it('describe: facts of a technique, checked by its schema', async () => {
    const { views } = await report('own');
    const [saliency] = views;
    expect(saliency).toMatchObject({
      technique: 'saliency',
      id: 'saliency-second',
      title: 'Saliency of second',
    });
    expect(saliency!.settings).toMatchObject({ colormap: 'ocean' });
    for (const { facts } of saliency!.panels) {
      expect(Object.keys(facts!)).toEqual(['activation', 'share']);
    }
  });

  it('describe: facts of a whole view, made from those of its panels and shown', async () => {
    const { views, images } = await report('own');
    const [saliency, maps] = views;
    const shares = saliency!.panels.map(({ facts }) => facts!['share'] as number);
    const { meanShare, ...others } = saliency!.facts!;
    expect(others).toEqual({ images: images.map(({ id }) => id) });
    expect(meanShare).toBeCloseTo(shares.reduce((sum, share) => sum + share, 0) / shares.length, 12);
    expect(maps!.facts).toBeUndefined();
    const page = await read('own/views/saliency-second/index.html');
    expect(page).toContain(`On average ${(100 * (meanShare as number)).toFixed(1)} % of the pixels`);
  });

  it('show: the words and the HTML of a presentation, and a colormap', async () => {
    const page = await read('own/layers/second/0/index.html');
    expect(page).toContain('<p class="saliency">');
    expect(page).toContain('Saliency map');
    expect(await read('own/views/saliency-second/index.html')).toContain('9 maps, by <em>gradient</em>');
    expect(await read('index.html')).toContain('Networks &amp; our own techniques');
  });

  it('compute again what their code makes, and nothing else, when it changes', async () => {
    const undo = await change('plugins/saliency.ts', 'largest / 2', 'largest / 3');
    const { status, stdout } = await run('check', '--plan');
    expect(status).toBe(0);
    const plans = events({ status, stdout, stderr: '' });
    // Layer types come from the same modules: networks that have them are computed anew.
    expect(plans).toMatchObject([
      { id: 'own', units: 4, cached: 1 },
      { id: 'toy', units: 3, cached: 0 },
    ]);
    await undo();
  });

  it('fail by name, and the gallery is built without their views', async () => {
    const undo = await change(
      'plugins/saliency.ts',
      'const places =',
      'if (filter === 1) throw new RangeError("no such thing");\n        const places =',
    );
    const { status, stdout } = await run('build', 'own');
    expect(status).toBe(1);
    expect(events({ status, stdout, stderr: '' })).toContainEqual({
      ...{ event: 'failed', experiment: 'own', view: 'saliency-second', technique: 'saliency' },
      message: expect.stringMatching(
        /^Technique `saliency` failed: RangeError: no such thing \(plugins\/saliency\.ts:\d+:\d+\)$/,
      ) as string,
    });
    const { views, failedViews } = await report('own');
    expect(views.map(({ id }) => id)).toEqual(['feature-maps-first']);
    expect(failedViews).toEqual([
      {
        ...{ id: 'saliency-second', title: 'Saliency of second', technique: 'saliency' },
        reason: 'RangeError: no such thing',
      },
    ]);
    expect(await read('own/views/saliency-second/index.html')).toContain('could not be made');
    expect(await read('own/index.html')).toContain('no such thing');
    await undo();
  }, 60_000);

  it.each([
    [
      'plans what is no plan',
      'jobs: chosen.flatMap',
      'jbos: chosen.flatMap',
      /`plan` returned an invalid value/,
    ],
    [
      'gives fewer panels than it planned',
      'panels.push({',
      'if (filter < 2) panels.push({',
      /2 panels instead of 3/,
    ],
    [
      'gives facts that its schema refuses',
      'share: strong / data.length',
      'share: 2',
      /`compute` returned facts that do not match its schema/,
    ],
    [
      'gives facts of a view that its schema refuses',
      '/ panels.length,',
      '/ 0,',
      /`facts.view` returned facts that do not match its schema: .*meanShare/s,
    ],
  ])(
    'fail where a technique %s',
    async (_, from, to, message) => {
      const undo = await change('plugins/saliency.ts', from, to);
      const { status, stdout } = await run('build', 'own').finally(undo);
      expect(status).toBe(1);
      const [failed] = events({ status, stdout, stderr: '' }).filter(({ event }) => event === 'failed');
      expect(failed!['message']).toMatch(message);
    },
    60_000,
  );
});
