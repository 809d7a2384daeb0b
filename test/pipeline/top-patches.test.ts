import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Interrupted, runPipeline } from '../../src/pipeline/pipeline.ts';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import { silentProgress } from '../../src/pipeline/progress.ts';
import { reportSchema } from '../../src/schema/report.ts';
import type { Panel, Report } from '../../src/schema/report.ts';
import { listFolder } from '../../src/store/store.ts';
import type { PatchFacts } from '../../src/techniques/patches/facts.ts';
import { readNpy } from '../npz.ts';
import { makeWorkspace, image } from '../publish/workspace.ts';
import type { Workspace } from '../publish/workspace.ts';

const EXPERIMENT = `title: Patches
model:
  input: [20, 24]
  layers:
    - conv2d: {name: first, filters: 6, kernel: 3, activation: relu}
    - max_pool: {name: pool, pool: 2}
    - conv2d: {name: second, filters: 20, kernel: 3, activation: relu}
images:
  folder: ../photos
seed: 3
views:
  - id: patches
    technique: top-patches
    filters: all
    top: 3
    grid: 1x20
    values: true
`;

// One model thread serves them all.
const sharedHost = shareHost();
afterAll(() => sharedHost.close());

async function run({ options, effects }: Workspace, signal = new AbortController().signal) {
  let computed = 0;
  await runPipeline({
    ...{ ids: [], options, effects, signal, sharedHost },
    progress: {
      ...silentProgress,
      tell: ({ event }) => {
        if (event === 'unit') computed += 1;
      },
    },
  });
  return computed;
}

const reportOf = async ({ options: { cache } }: Workspace): Promise<Report> =>
  reportSchema.parse(JSON.parse(await readFile(join(cache, 'site/patches/report.json'), 'utf8')));

const factsOf = ({ facts }: Panel): PatchFacts => facts as PatchFacts;

const partials = async ({ options: { cache } }: Workspace): Promise<string[]> =>
  (await listFolder(join(cache, 'partial'))).map(({ path }) => path);

describe('top patches through the pipeline', () => {
  it('are reported by image and place, beside projections whose numbers are written', async () => {
    const workspace = await makeWorkspace({ 'experiments/patches.yaml': EXPERIMENT });
    // Six filters and twenty, four a job: their projections are written.
    expect(await run(workspace)).toBe(7);
    const report = await reportOf(workspace);
    const [view] = report.views;
    expect(view!.panelCount).toBe(26);
    expect(view!.settings).toMatchObject({ one_per_image: true, border: 'allow', projection: 'deconvnet' });
    const shown = view!.panels.flatMap((panel) =>
      factsOf(panel).patches.map((patch) => ({ ...patch, file: panel.files![patch.values!]! })),
    );
    expect(shown.length).toBeGreaterThan(30);
    expect(new Set(shown.map(({ image }) => image))).toEqual(new Set(['cats-one', 'cats-two', 'dogs-three']));
    for (const { file, projectionAt, box, at } of shown) {
      const bytes = await readFile(join(workspace.options.cache, 'assets', file.src.split('/').at(-1)!));
      expect(readNpy(bytes).shape).toEqual([20, 24, 3]);
      expect([projectionAt!.width, projectionAt!.height]).toEqual([at.width, at.height]);
      expect(box.x + box.width <= 24 && box.y + box.height <= 20).toBe(true);
    }
    for (const panel of view!.panels) {
      expect(panel.image).toBeUndefined();
      expect(factsOf(panel).classMeans!.map(({ class: name, count }) => [name, count])).toEqual([
        ['cats', 2],
        ['dogs', 1],
      ]);
    }
    expect(await partials(workspace)).toHaveLength(6);
    expect(await run(workspace)).toBe(0);
  });

  it('are reported with what was left out at the border, where that is avoided', async () => {
    const avoiding = EXPERIMENT.replaceAll('kernel: 3,', 'kernel: 3, padding: same,').replace(
      '    values: true\n',
      '    projection: none\n    border: avoid\n',
    );
    const workspace = await makeWorkspace({ 'experiments/patches.yaml': avoiding });
    await run(workspace);
    const avoided = (await reportOf(workspace)).views[0]!;
    await workspace.write({ 'experiments/patches.yaml': avoiding.replace('    border: avoid\n', '') });
    await run(workspace);
    const allowed = (await reportOf(workspace)).views[0]!;
    const nameOf = ({ image, box }: { image: string; box: object }) => JSON.stringify([image, box]);
    let count = 0;
    for (const [index, panel] of avoided.panels.entries()) {
      const { patches, leftOut } = factsOf(panel);
      const shown = new Set(patches.map(nameOf));
      const missing = factsOf(allowed.panels[index]!).patches.filter((patch) => !shown.has(nameOf(patch)));
      expect(leftOut!.map(nameOf)).toEqual(missing.map(nameOf));
      for (const { receptiveField, box } of leftOut!) {
        expect(receptiveField!.width * receptiveField!.height).toBeGreaterThan(box.width * box.height);
      }
      count += leftOut!.length;
    }
    expect(count).toBeGreaterThan(5);
    expect(allowed.panels.every((panel) => factsOf(panel).leftOut === undefined)).toBe(true);
  });

  it('keep what was found when another image comes, or other filters', async () => {
    const workspace = await makeWorkspace({ 'experiments/patches.yaml': EXPERIMENT });
    await run(workspace);
    const before = await partials(workspace);
    await workspace.write({ 'photos/cats/a-new-one.png': await image(6) });
    expect(await run(workspace)).toBe(7);
    const after = await partials(workspace);
    expect(after).toHaveLength(8);
    expect(after).toEqual(expect.arrayContaining(before));
    await workspace.write({ 'experiments/patches.yaml': EXPERIMENT.replace('filters: all', 'filters: 5') });
    expect(await run(workspace)).toBe(2);
    expect(await partials(workspace)).toEqual(after);
  });

  it('follow when fewer of the purest are picked', async () => {
    const ranked = EXPERIMENT.replace('    values: true\n', '    order: purity\n    pick: 14\n');
    const workspace = await makeWorkspace({ 'experiments/patches.yaml': ranked });
    await run(workspace);
    const filters = ({ views }: Report) => views[0]!.panels.map(({ layer, filter }) => [layer, filter]);
    const before = filters(await reportOf(workspace));
    expect(before).toHaveLength(6 + 14);
    await workspace.write({ 'experiments/patches.yaml': ranked.replace('14', '9') });
    expect(await run(workspace)).toBe(1);
    expect(filters(await reportOf(workspace))).toEqual(before.slice(0, 6 + 9));
  });

  it('come out the same when the search was stopped and taken up again', async () => {
    const workspace = await makeWorkspace({ 'experiments/patches.yaml': EXPERIMENT });
    const stop = new AbortController();
    const { options, effects } = workspace;
    const stopped = runPipeline({
      ...{ ids: [], options, effects, signal: stop.signal },
      progress: {
        ...silentProgress,
        tell: ({ event }) => {
          if (event === 'unit') stop.abort();
        },
      },
    });
    await expect(stopped).rejects.toBeInstanceOf(Interrupted);
    const rest = await run(workspace);
    expect(rest).toBeLessThan(7);
    const whole = await makeWorkspace({ 'experiments/patches.yaml': EXPERIMENT });
    await run(whole);
    expect(await reportOf(workspace)).toEqual(await reportOf(whole));
  });
});
