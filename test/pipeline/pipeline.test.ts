import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../src/pipeline/progress.ts';
import type { ProgressEvent } from '../../src/pipeline/progress.ts';
import { Interrupted, runPipeline } from '../../src/pipeline/pipeline.ts';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import type { SharedHost, ModelHost } from '../../src/pipeline/compute/worker-host.ts';
import { gallerySchema, reportSchema } from '../../src/schema/report.ts';
import type { Report } from '../../src/schema/report.ts';
import { listFolder } from '../../src/store/store.ts';
import { image, SMALL_EXPERIMENT, makeWorkspace, modelJson } from '../publish/workspace.ts';
import type { Workspace } from '../publish/workspace.ts';

interface Ran {
  /** `view: label` of every job that was computed. */
  readonly computed: string[];
  readonly jobs: number;
  readonly cached: number;
  readonly warnings: string[];
}

// One model thread serves all that only asks for results.
const sharedHost = shareHost();
afterAll(() => sharedHost.close());

async function run(workspace: Workspace, signal = new AbortController().signal): Promise<Ran> {
  const computed: string[] = [];
  const warnings: string[] = [];
  const tell = (event: ProgressEvent): void => {
    if (event.event === 'warning') warnings.push(event.message);
    if (event.event === 'unit') computed.push(`${event.view}: ${event.label}`);
  };
  const { options, effects } = workspace;
  const { jobs, cached } = await runPipeline({
    ...{ ids: [], options, effects, signal, sharedHost: sharedHost },
    progress: { ...silentProgress, tell },
  });
  return { computed: computed.sort(), jobs, cached, warnings };
}

const reportOf = async (workspace: Workspace, id = 'small'): Promise<Report> =>
  reportSchema.parse(
    JSON.parse(await readFile(join(workspace.options.cache, 'site', id, 'report.json'), 'utf8')),
  );

const edit = (workspace: Workspace, from: string, to: string): Promise<void> => {
  expect(SMALL_EXPERIMENT).toContain(from);
  return workspace.write({ 'experiments/small.yaml': SMALL_EXPERIMENT.replace(from, to) });
};

describe('the pipeline', () => {
  let workspace: Workspace;
  let first: Ran;
  beforeAll(async () => {
    workspace = await makeWorkspace({ 'experiments/small.yaml': SMALL_EXPERIMENT });
    first = await run(workspace);
  });

  it('computes every job once and writes a report that holds its schema', async () => {
    expect(first.computed).toEqual([
      'kernels-first-conv: kernels of first',
      'last: second · cats/one.png',
      'maps: first · cats/one.png',
      'maps: first · cats/two.png',
      'maps: first · dogs/three.png',
      'stages: cats/one.png',
      'stages: first · cats/one.png',
      'stages: pool · cats/one.png',
      'stages: second · cats/one.png',
    ]);
    const report = await reportOf(workspace);
    expect(report.views.map(({ id, panels }) => [id, panels.length])).toEqual([
      ['maps', 12],
      ['last', 2],
      ['stages', 4],
      ['kernels-first-conv', 4],
    ]);
    expect(report.images.map(({ id, file, class: label }) => [id, file, label])).toEqual([
      ['cats-one', 'cats/one.png', 'cats'],
      ['cats-two', 'cats/two.png', 'cats'],
      ['dogs-three', 'dogs/three.png', 'dogs'],
    ]);
    expect(report.views[0]!.settings).toMatchObject({
      ...{ filters: { first: 49 }, images: 'all', colormap: 'viridis', normalize: 'panel', style: 'heatmap' },
      ...{ label: 'filter: {filter} · image: {image}', tile: 256, grid: '3x4' },
    });
    expect(report.provenance).toMatchObject({ backend: { name: 'wasm' }, seed: 3, units: 9 });
  });

  it('computes nothing the second time, and writes the very same report', async () => {
    const before = await readFile(join(workspace.options.cache, 'site/small/report.json'));
    const again = await run(workspace);
    expect(again).toEqual({ computed: [], jobs: 9, cached: 9, warnings: [] });
    expect(await readFile(join(workspace.options.cache, 'site/small/report.json'))).toEqual(before);
  });

  it('keeps the cover of a report until what it shows changes', async () => {
    const { options, effects } = workspace;
    const build = async (line: string, count: number): Promise<Report> => {
      await runPipeline({
        ...{ ids: [], options, effects, sharedHost: sharedHost, progress: silentProgress },
        signal: new AbortController().signal,
        chooseCover: ({ views }) => {
          const parts = views[0]!.panels
            .slice(0, count)
            .map(({ src, crop }) => ({ src, crop, pixels: true }));
          const thumbnail = { columns: 2, parts };
          return Promise.resolve({ line, parts, thumbnail, views: new Map([[views[0]!.id, thumbnail]]) });
        },
      });
      return reportOf(workspace);
    };
    const built = await build('four maps', 4);
    const { cover, thumbnail } = built.experiment;
    expect(thumbnail).toMatchObject({ width: 720, height: 360 });
    expect(built.views[0]!.thumbnail).toEqual(thumbnail);
    expect(built.views.slice(1).every((view) => view.thumbnail === undefined)).toBe(true);
    expect(cover).toMatchObject({ width: 1200, height: 630 });
    expect((await readFile(join(options.cache, 'site', cover!.src))).length).toBeLessThanOrEqual(120_000);
    expect((await build('four maps', 4)).experiment.cover).toEqual(cover);
    expect((await build('one map', 1)).experiment.cover!.src).not.toBe(cover!.src);
    // A damaged picture of panels is drawn again rather than shown.
    const { views } = await reportOf(workspace);
    const asset = join(options.cache, 'site', views[0]!.panels[0]!.src);
    const sound = await readFile(asset);
    await writeFile(
      asset,
      sound.map((byte) => byte ^ 1),
    );
    expect((await build('three maps', 3)).experiment.cover).toBeDefined();
    expect(await readFile(asset)).toEqual(sound);
    await run(workspace);
    expect((await reportOf(workspace)).experiment.cover).toBeUndefined();
  });

  it('runs no model for another look', async () => {
    await edit(
      workspace,
      'images: all',
      'images: all\n    colormap: magma\n    style: contour\n    title: Other',
    );
    expect((await run(workspace)).computed).toEqual([]);
    const [view] = (await reportOf(workspace)).views;
    expect(view).toMatchObject({ title: 'Other', settings: { colormap: 'magma', style: 'contour' } });
  });

  it('computes only the view whose filters were changed', async () => {
    await edit(workspace, 'filters: [0, 2]', 'filters: [0, 4]');
    expect((await run(workspace)).computed).toEqual(['last: second · cats/one.png']);
  });

  it('computes only what stands behind a changed layer', async () => {
    await edit(workspace, 'name: second, filters: 5', 'name: second, filters: 6');
    expect((await run(workspace)).computed).toEqual([
      'last: second · cats/one.png',
      'stages: second · cats/one.png',
    ]);
  });

  it('computes only what a changed image is part of', async () => {
    await workspace.write({ 'experiments/small.yaml': SMALL_EXPERIMENT });
    await run(workspace);
    await workspace.write({ 'photos/dogs/three.png': await image(5) });
    expect((await run(workspace)).computed).toEqual(['maps: first · dogs/three.png']);
    await workspace.write({ 'photos/dogs/three.png': await image(3) });
    expect((await run(workspace)).computed).toEqual([]);
  });

  it('draws again what was lost from the store, without a model but for values', async () => {
    const before = await reportOf(workspace);
    await rm(join(workspace.options.cache, 'assets'), { recursive: true });
    expect((await run(workspace)).computed).toEqual(['last: second · cats/one.png']);
    expect(await reportOf(workspace)).toEqual(before);
    const assets = (await listFolder(join(workspace.options.cache, 'assets'))).map(({ path }) => path);
    for (const { panels } of before.views) {
      for (const { src } of panels) expect(assets).toContain(src.replace('../assets/', ''));
    }
  });
});

describe('what is kept', () => {
  it('follows images and layers whose positions change', async () => {
    const workspace = await makeWorkspace({ 'experiments/small.yaml': SMALL_EXPERIMENT });
    await run(workspace);
    const before = await reportOf(workspace);
    await workspace.write({
      'photos/cats/a-new-one.png': await image(6),
      'experiments/small.yaml': SMALL_EXPERIMENT.replace(
        '  layers:\n',
        '  layers:\n    - conv2d: {name: zeroth, filters: 2, kernel: 5}\n',
      ).replace('name: first, filters', 'name: first, from: input, filters'),
    });
    const { computed } = await run(workspace);
    expect(computed).toContain('maps: first · cats/a-new-one.png');
    expect(computed).not.toContain('maps: first · cats/one.png');
    const after = await reportOf(workspace);
    const partsWith = (report: Report, image: string): unknown =>
      report.views[0]!.panels.filter((panel) => panel.image === image).map(
        ({ layer, filter, range, flags }) => ({ layer, filter, range, flags }),
      );
    expect(after.views[0]!.panels.map(({ image }) => image)).toEqual(
      ['cats-a-new-one', 'cats-one', 'cats-two', 'dogs-three'].flatMap((id) => [id, id, id, id]),
    );
    for (const image of ['cats-one', 'cats-two', 'dogs-three']) {
      expect(partsWith(after, image)).toEqual(partsWith(before, image));
    }
  });

  it('keeps images of the same bytes apart', async () => {
    const workspace = await makeWorkspace({
      'experiments/small.yaml': SMALL_EXPERIMENT,
      'photos/cats/same.png': await image(1),
    });
    await run(workspace);
    const [view] = (await reportOf(workspace)).views;
    expect(new Set(view!.panels.map(({ image }) => image)).size).toBe(4);
  });

  it('is computed again where it was damaged, results and values alike', async () => {
    const workspace = await makeWorkspace({ 'experiments/small.yaml': SMALL_EXPERIMENT });
    await run(workspace);
    const before = await reportOf(workspace);
    const { cache } = workspace.options;
    const [raw] = await listFolder(join(cache, 'raw'));
    await truncate(join(cache, 'raw', raw!.path), raw!.size - 1);
    expect((await run(workspace)).computed).toHaveLength(1);
    for (const { path } of await listFolder(join(cache, 'assets'))) {
      if (path.endsWith('.npy')) await rm(join(cache, 'assets', path));
    }
    expect((await run(workspace)).computed).toEqual(['last: second · cats/one.png']);
    expect(await reportOf(workspace)).toEqual(before);
  });

  it('is shared by experiments that ask for the same', async () => {
    const workspace = await makeWorkspace({
      'experiments/small.yaml': SMALL_EXPERIMENT,
      'experiments/twin.yaml': SMALL_EXPERIMENT,
    });
    expect((await run(workspace)).computed).toHaveLength(9);
    const [small, twin] = [await reportOf(workspace), await reportOf(workspace, 'twin')];
    expect(twin.views).toEqual(small.views);
  });
});

describe('a stopped pipeline', () => {
  it('keeps what is finished and goes on from there', async () => {
    const workspace = await makeWorkspace({ 'experiments/small.yaml': SMALL_EXPERIMENT });
    const controller = new AbortController();
    const { options, effects } = workspace;
    let done = 0;
    const tell = (event: ProgressEvent): void => {
      if (event.event === 'unit' && ++done === 2) controller.abort();
    };
    const stopped = runPipeline({
      ...{ ids: [], options, effects, signal: controller.signal },
      progress: { ...silentProgress, tell },
    });
    await expect(stopped).rejects.toBeInstanceOf(Interrupted);
    const rest = await run(workspace);
    expect(rest.cached).toBeGreaterThanOrEqual(2);
    expect(rest.computed).toHaveLength(9 - rest.cached);

    const whole = await makeWorkspace({ 'experiments/small.yaml': SMALL_EXPERIMENT });
    await run(whole);
    const files = async ({ options: { cache } }: Workspace): Promise<Record<string, string>> => {
      const found: Record<string, string> = {};
      for (const part of ['assets', 'site']) {
        for (const { path } of await listFolder(join(cache, part))) {
          found[`${part}/${path}`] = (await readFile(join(cache, part, path))).toString('base64');
        }
      }
      return found;
    };
    expect(await files(workspace)).toEqual(await files(whole));
  });
});

describe('experiments one after the other', () => {
  const two = (): Promise<Workspace> =>
    makeWorkspace({
      'experiments/a.yaml': SMALL_EXPERIMENT,
      'experiments/b.yaml': SMALL_EXPERIMENT.replace('filters: [0, 2]', 'filters: [1]'),
    });
  const requestOf = ({ options, effects }: Workspace) => ({
    ...{ ids: [], options, effects, progress: silentProgress },
    signal: new AbortController().signal,
  });

  it('finish the one before, where the next one fails', async () => {
    const workspace = await two();
    const keeper = shareHost();
    let loads = 0;
    const failing: SharedHost = {
      ...keeper,
      lend: (options, signal, use) =>
        keeper.lend(options, signal, (host) => {
          const load: ModelHost['load'] = (request) =>
            ++loads === 2 ? Promise.reject(new Error('no room for the network')) : host.load(request);
          return use({ ...host, load });
        }),
    };
    const request = { ...requestOf(workspace), sharedHost: failing };
    await expect(runPipeline(request)).rejects.toThrow('no room for the network');
    await keeper.close();
    expect((await reportOf(workspace, 'a')).views).toHaveLength(4);
    await expect(reportOf(workspace, 'b')).rejects.toThrow('ENOENT');
  });

  it('fail with what went wrong in drawing, even while another is computed', async () => {
    const workspace = await two();
    const tell = (event: ProgressEvent): void => {
      if (event.event === 'view' && event.experiment === 'a') throw new Error('no room on the disk');
    };
    const request = { ...requestOf(workspace), progress: { ...silentProgress, tell } };
    await expect(runPipeline(request)).rejects.toThrow('no room on the disk');
  });
});

describe('unusual experiments', () => {
  it('skip an optional one with a notice, and build the others', async () => {
    const missing = SMALL_EXPERIMENT.replace(
      /model:[^]*?images:/,
      'model: {zoo: vgg16}\noptional: true\nimages:',
    )
      .replaceAll('layer: first', 'layer: first-conv')
      .replace('title: Small', 'title: Missing');
    const workspace = await makeWorkspace({
      'experiments/small.yaml': SMALL_EXPERIMENT,
      'experiments/missing.yaml': missing,
    });
    expect((await run(workspace)).jobs).toBe(9);
    const gallery = JSON.parse(
      await readFile(join(workspace.options.cache, 'site/gallery.json'), 'utf8'),
    ) as {
      experiments: { id: string; status: string; notice?: string }[];
    };
    expect(gallery.experiments.map(({ id, status }) => [id, status])).toEqual([
      ['missing', 'skipped'],
      ['small', 'ready'],
    ]);
    expect(gallery.experiments[0]!.notice).toContain('npx filterscope weights pull vgg16');
  });

  it('stand in the order and under the headings that their texts give', async () => {
    const workspace = await makeWorkspace({
      'experiments/a.yaml': SMALL_EXPERIMENT,
      'experiments/b.yaml': SMALL_EXPERIMENT,
      'experiments/c.yaml': SMALL_EXPERIMENT,
      'experiments/d.yaml': SMALL_EXPERIMENT,
      'content/b.md': '---\norder: 2\ngroup: Later\n---\n',
      'content/c.md': '---\norder: 1.5\n---\n',
    });
    await run(workspace);
    const gallery = gallerySchema.parse(
      JSON.parse(await readFile(join(workspace.options.cache, 'site/gallery.json'), 'utf8')),
    );
    expect(gallery.experiments.map(({ id, group }) => [id, group])).toEqual([
      ['c', undefined],
      ['b', 'Later'],
      ['a', undefined],
      ['d', undefined],
    ]);
  });

  it('report weights that are no numbers, and go on', async () => {
    const workspace = await makeWorkspace({
      'm/model.json': modelJson(),
      // The second of two filters is whole.
      'm/weights.bin': Buffer.from(Float32Array.from([1, 1, NaN, 1, 1, 1]).buffer),
      'experiments/small.yaml':
        'title: T\nmodel: {file: ../m/model.json}\nimages: {folder: ../photos}\nviews:\n  - {technique: feature-maps, layer: conv}\n',
    });
    const { warnings } = await run(workspace);
    const report = await reportOf(workspace);
    expect(report.warnings).toEqual([
      'NaN or infinite weights in `conv` (1 weight). Values of these layers and of those behind them are not reliable. Save the model again from a checkpoint before they appeared.',
      'NaN or infinite values in panels of `conv` (1 panel). They may come from the weights.',
    ]);
    expect(warnings).toEqual(report.warnings.map((warning) => `small: ${warning}`));
    expect(report.views[0]!.panels.map(({ range, flags }) => [range[0] === null, flags])).toEqual([
      [true, ['nan']],
      [false, undefined],
    ]);
    // Nothing is computed then, and the warnings are the same.
    const again = await run(workspace);
    expect([again.computed, again.warnings]).toEqual([[], warnings]);
    expect((await reportOf(workspace)).warnings).toEqual(report.warnings);
  });

  it('report maps that are no numbers though all weights are', async () => {
    const workspace = await makeWorkspace({
      'm/model.json': modelJson(),
      // Each is a number, but their sums are beyond what float32 can hold.
      'm/weights.bin': Buffer.from(Float32Array.from([3e38, 3e38, 3e38, 3e38, 3e38, 3e38]).buffer),
      'experiments/small.yaml':
        'title: T\nmodel: {file: ../m/model.json, preprocess: none}\nimages: {folder: ../photos}\nviews:\n  - {technique: feature-maps, layer: conv}\n',
    });
    const { warnings } = await run(workspace);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^small: NaN or infinite values in panels of `conv` \(\d+ panels\). The weights are finite: compare `preprocess`/,
    );
    expect((await reportOf(workspace)).warnings.map((warning) => `small: ${warning}`)).toEqual(warnings);
  });

  it('skip unreadable images by name', async () => {
    const workspace = await makeWorkspace({
      'experiments/small.yaml': SMALL_EXPERIMENT,
      'photos/cats/broken.jpg': 'no picture at all',
    });
    await run(workspace);
    const report = await reportOf(workspace);
    expect(report.skipped.map(({ file }) => file)).toEqual(['cats/broken.jpg']);
    expect(report.images).toHaveLength(3);
    expect(workspace.warnings.join()).toContain('broken.jpg');
  });

  it('draw their images once, and plan from then on without', async () => {
    const drawing = SMALL_EXPERIMENT.replace(
      'folder: ../photos',
      'generated: patterns\n  classes: [wheel, owl]\n  count: 3\n  size: [20, 30]\n  folder: ../photos/dogs',
    );
    const workspace = await makeWorkspace({ 'experiments/small.yaml': drawing });
    const { cache } = workspace.options;
    expect((await run(workspace)).computed).toContain('maps: first · owl/1.png');
    const before = await reportOf(workspace);
    expect(before.images.map(({ id, file, class: label }) => [id, file, label])).toEqual([
      ['wheel-1', 'wheel/1.png', 'wheel'],
      ['wheel-2', 'wheel/2.png', 'wheel'],
      ['owl-1', 'owl/1.png', 'owl'],
      ['three', 'three.png', undefined],
    ]);
    expect(new Set(before.images.map(({ src }) => src)).size).toBe(4);
    expect(await listFolder(join(cache, 'records/drawing'))).toHaveLength(3);

    await rm(join(cache, 'records/drawing'), { recursive: true });
    expect((await run(workspace)).computed).toEqual([]);
    expect(await listFolder(join(cache, 'records/drawing'))).toEqual([]);
    expect(await reportOf(workspace)).toEqual(before);

    // Another seed draws other images; those in files stay as they are.
    await workspace.write({ 'experiments/small.yaml': drawing.replace('count: 3', 'count: 3\n  seed: 5') });
    const { computed } = await run(workspace);
    expect(computed).toContain('maps: first · wheel/1.png');
    expect(computed).not.toContain('maps: first · three.png');
    const after = await reportOf(workspace);
    expect(after.images[3]).toEqual(before.images[3]);
    expect(after.images[0]!.src).not.toBe(before.images[0]!.src);
  });

  it('list the panels of a large view in files of their own', async () => {
    const many = SMALL_EXPERIMENT.replace('filters: 4', 'filters: 400').replace(
      'images: all',
      'filters: all\n    images: all',
    );
    const workspace = await makeWorkspace({ 'experiments/small.yaml': many });
    await run(workspace);
    const [view] = (await reportOf(workspace)).views;
    expect(view!.panels).toEqual([]);
    expect(view!.panelCount).toBe(1200);
    expect(view!.panelFiles).toMatchObject([{ layer: 'first', src: 'panels/maps-0.json', count: 1200 }]);
    const grids = view!.panelFiles![0]!.valueGrids!;
    expect(grids.reduce((sum, { count }) => sum + count, 0)).toBe(1200);
    const panels = JSON.parse(
      await readFile(join(workspace.options.cache, 'site/small/panels/maps-0.json'), 'utf8'),
    ) as unknown[];
    expect(panels).toHaveLength(1200);
  });

  it('keep one model thread for many runs', async () => {
    const workspace = await makeWorkspace({ 'experiments/small.yaml': SMALL_EXPERIMENT });
    const sharedHost = shareHost();
    const { options, effects } = workspace;
    const request = {
      ids: [],
      options,
      effects,
      progress: silentProgress,
      signal: new AbortController().signal,
    };
    await runPipeline({ ...request, sharedHost });
    const host = await sharedHost.get({ requested: 'wasm', nativeDir: options.nativeDir });
    await edit(workspace, 'filters: [0, 2]', 'filters: [1]');
    expect((await runPipeline({ ...request, sharedHost })).cached).toBe(8);
    expect(host.alive).toBe(true);
    await sharedHost.close();
    expect(host.alive).toBe(false);
  });
});
