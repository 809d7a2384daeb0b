import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { packUnit } from '../../src/pipeline/pack-unit.ts';
import type { ExperimentPlan, PlannedUnit, ViewPlan } from '../../src/pipeline/plan.ts';
import { createPresenter } from '../../src/pipeline/present.ts';
import type { ComputedUnit } from '../../src/pipeline/protocol.ts';
import { computeUnits, findStale } from '../../src/pipeline/run.ts';
import type { ModelHost } from '../../src/pipeline/worker-host.ts';
import { viewSchema } from '../../src/schema/report.ts';
import type { Panel, View } from '../../src/schema/report.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import type { RawFrame, RawPanel, UnitOutput } from '../../src/techniques/technique.ts';

/** RGB 0..255 of a panel: red says the column, green the row, blue the tint. */
const shades = (width: number, height: number, tint: number): Float32Array =>
  Float32Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [(pixel % width) * 2, Math.floor(pixel / width) * 4, tint][i % 3]!;
  });

const finished = (width: number, height: number, more: Partial<RawPanel>): RawPanel => ({
  ...{ width, height, channels: 3, finished: true, range: [0, 255], data: shades(width, height, 90) },
  ...more,
});

const frame = (step: number, grey: number): RawFrame => ({
  ...{ step, width: 16, height: 12 },
  data: new Uint8Array(16 * 12 * 3).fill(grey),
});

const DREAM: RawPanel = finished(40, 30, {
  filter: 7,
  score: 1.5,
  curve: [0, 1, NaN, 3],
  dream: {
    ...{ objective: 'channel', method: 'fourier', activation: 3, steps: 256, seed: 5 },
    // The third of the unit's own pictures.
    best: { image: 2, activation: 2 },
  },
  values: { shape: [1, 2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) },
  frames: [frame(0, 10), frame(16, 120), frame(256, 240)],
});

const PATCHES: RawPanel = finished(80, 30, {
  filter: 3,
  patches: [
    {
      ...{ image: 1, activation: 9, box: { x: 4, y: 5, width: 10, height: 11 } },
      effective: { x: 5, y: 6, width: 7, height: 8 },
      ...{ at: { x: 2, y: 3, width: 10, height: 12 }, projectionAt: { x: 42, y: 3, width: 10, height: 12 } },
      values: { shape: [1, 1, 1], data: Float32Array.from([8]) },
    },
    {
      ...{ image: 0, activation: 4, box: { x: 0, y: 0, width: 10, height: 11 } },
      receptiveField: { x: -2, y: 0, width: 12, height: 11 },
      ...{ at: { x: 14, y: 3, width: 10, height: 12 }, projectionAt: { x: 54, y: 3, width: 10, height: 12 } },
    },
    {
      ...{ image: 0, activation: NaN, box: { x: 0, y: 0, width: 1, height: 1 } },
      at: { x: 0, y: 0, width: 1, height: 1 },
    },
  ],
  leftOut: [
    {
      ...{ image: 1, activation: 12, box: { x: 0, y: 3, width: 4, height: 11 } },
      receptiveField: { x: -8, y: 3, width: 12, height: 11 },
    },
  ],
  maxima: { counts: [1, 2, 0, 1], range: [0, 9] },
  classMeans: [
    { class: 'cats', mean: 3, count: 2 },
    { class: 'none', mean: NaN, count: 0 },
  ],
});

const unit = (key: string, panels: number, maxSide = 400): PlannedUnit => ({
  ...{ key, label: key, view: 'view', technique: 'fake', group: 'all', payload: {}, panels, maxSide },
  layers: [0],
  // Not in the experiment's order: what is kept speaks of these positions.
  images: [2, 0, 1],
});

/** All of a plan that running and presenting look at. */
function planOf(units: readonly PlannedUnit[]): { plan: ExperimentPlan; view: ViewPlan } {
  const view = {
    view: { id: 'view', title: 'View', technique: 'fake' },
    ...{ units, panelCount: units.reduce((sum, { panels }) => sum + panels, 0), settings: {} },
    grid: { rows: 1, columns: 2 },
    display: {
      label: '{filter}{image}',
      style: 'heatmap',
      levels: 8,
      colormap: 'viridis',
      normalize: 'panel',
    },
  };
  const plan = {
    experiment: { id: 'fake', title: 'Fake', seed: 1 },
    source: { layers: [{ name: 'conv', outputShape: [4, 4, 8] }], network: { inputShape: [8, 8, 3] } },
    images: { images: ['a', 'b', 'c'].map((id) => ({ id, file: `${id}.png` })) },
    views: [view],
  };
  return { plan: plan as unknown as ExperimentPlan, view: view as unknown as ViewPlan };
}

/** Hands results over as the model thread does, its memory included. */
function fakeHost(outputs: Readonly<Record<string, readonly RawPanel[]>>): ModelHost {
  return {
    backend: { family: 'fake' },
    compute: async (
      { units }: { units: readonly PlannedUnit[] },
      { take }: { take: (r: ComputedUnit) => Promise<void> },
    ) => {
      for (const [index, each] of units.entries()) {
        const output: UnitOutput = { unit: index, panels: outputs[each.key]! };
        const { result, transfer } = packUnit(each, output);
        await take(structuredClone(result, { transfer }));
      }
    },
  } as unknown as ModelHost;
}

async function present(
  store: Store,
  units: readonly PlannedUnit[],
  panels: Record<string, RawPanel[]>,
): Promise<View> {
  const { plan, view } = planOf(units);
  const { stale } = await findStale(plan, store, new Set());
  await computeUnits(plan, stale, fakeHost(panels), store, new AbortController().signal, async () => {});
  return viewSchema.parse(await createPresenter(plan, view, store, []).finish());
}

const open = async (): Promise<Store> => openStore(await mkdtemp(join(tmpdir(), 'filterscope-facts-')));
const bytesOf = (store: Store, src: string): Promise<Buffer> =>
  readFile(store.assetPath(src.replace('../assets/', '')));
/** The float32 numbers of a .npy file, whose header takes 128 bytes. */
const numbersOf = async (store: Store, src: string): Promise<number[]> => {
  const bytes = await bytesOf(store, src);
  return [...new Float32Array(new Uint8Array(bytes.subarray(128)).buffer)];
};

describe('what panels tell beside their pictures', () => {
  let store: Store;
  let dream: Panel;
  let patched: Panel;
  beforeAll(async () => {
    store = await open();
    const units = [unit('dream', 1), unit('patches', 1)];
    const { panels } = await present(store, units, { dream: [DREAM], patches: [PATCHES] });
    [dream, patched] = panels as [Panel, Panel];
  });

  it('reaches the report, pictures named by the experiment and not by their place in the unit', () => {
    expect(dream).toMatchObject({
      ...{ layer: 'conv', filter: 7, score: 1.5, curve: [0, 1, 3] },
      dream: {
        ...{ objective: 'channel', method: 'fourier', activation: 3, steps: 256, seed: 5 },
        best: { image: 'b', activation: 2 },
      },
      frames: { width: 16, height: 12, steps: [0, 16, 256] },
    });
    expect(patched).toMatchObject({
      maxima: { counts: [1, 2, 0, 1], range: [0, 9] },
      leftOut: [
        {
          ...{ image: 'a', activation: 12, box: { x: 0, y: 3, width: 4, height: 11 } },
          receptiveField: { x: -8, y: 3, width: 12, height: 11 },
        },
      ],
      classMeans: [{ class: 'cats', mean: 3, count: 2 }],
    });
    expect(
      patched.patches!.map(({ image, activation, effective, receptiveField }) => [
        ...[image, activation, effective, receptiveField],
      ]),
    ).toEqual([
      ['a', 9, { x: 5, y: 6, width: 7, height: 8 }, undefined],
      ['c', 4, undefined, { x: -2, y: 0, width: 12, height: 11 }],
    ]);
  });

  it('is of no single picture', () => {
    expect([dream.image, patched.image]).toEqual([undefined, undefined]);
    expect([dream.label, patched.label]).toEqual(['7', '3']);
  });

  it('keeps numbers as they were', async () => {
    expect(await numbersOf(store, dream.values!)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await numbersOf(store, patched.patches![0]!.values!)).toEqual([8]);
    expect(patched.patches![1]!.values).toBeUndefined();
  });

  it('finds patches and projections in the sprite where the panel shows them', async () => {
    const { src, crop, sheet, patches } = patched;
    const strongest = patches![0]!;
    expect(strongest).toMatchObject({ src, projection: src, sheet });
    expect(strongest.crop).toEqual({ x: crop!.x + 2, y: crop!.y + 3, width: 10, height: 12 });
    const picture = sharp(await bytesOf(store, src));
    for (const [at, x] of [
      [strongest.crop, 2],
      [strongest.projectionCrop!, 42],
    ] as const) {
      const { x: left, y: top, width, height } = at;
      const pixels = await picture.clone().extract({ left, top, width, height }).raw().toBuffer();
      // Patches of a few pixels are kept without loss.
      expect([pixels[0], pixels[1], pixels[2]]).toEqual([x * 2, 3 * 4, 90]);
      const last = pixels.length - 3;
      expect([pixels[last], pixels[last + 1]]).toEqual([(x + 9) * 2, 14 * 4]);
    }
  });

  it('shows its frames as an animation and in a row', async () => {
    const { src, strip } = dream.frames!;
    const animation = await bytesOf(store, src);
    expect(await sharp(animation, { pages: -1 }).metadata()).toMatchObject({
      width: 16,
      pageHeight: 12,
      pages: 3,
    });
    const means = async (bytes: Buffer, options: object, left: number, top: number): Promise<number> => {
      const { data, info } = await sharp(bytes, options).raw().toBuffer({ resolveWithObject: true });
      return data[(top * info.width + left) * info.channels]!;
    };
    const row = await bytesOf(store, strip);
    expect(await sharp(row).metadata()).toMatchObject({ width: 48, height: 12 });
    for (const [index, grey] of [10, 120, 240].entries()) {
      expect(Math.abs((await means(animation, { pages: -1 }, 8, index * 12 + 6)) - grey)).toBeLessThan(4);
      expect(Math.abs((await means(row, {}, index * 16 + 8, 6)) - grey)).toBeLessThan(4);
    }
  });
});

describe('files of panels', () => {
  it('are looked for before a result counts as there, and made again with it', async () => {
    const store = await open();
    const units = [unit('dream', 1), unit('patches', 1)];
    const panels = { dream: [DREAM], patches: [PATCHES] };
    const before = await present(store, units, panels);
    const { plan } = planOf(units);
    const stale = async (): Promise<string[]> =>
      (await findStale(plan, store, new Set())).stale.map(({ key }) => key);
    expect(await stale()).toEqual([]);
    const lose = (src: string): Promise<void> => rm(store.assetPath(src.replace('../assets/', '')));
    const [dream, patched] = before.panels;
    const lost = [
      [dream!.values!, 'dream'],
      [dream!.frames!.src, 'dream'],
      [dream!.frames!.strip, 'dream'],
      [patched!.patches![0]!.values!, 'patches'],
    ] as const;
    for (const [src, key] of lost) {
      await lose(src);
      expect(await stale()).toEqual([key]);
      expect(await present(store, units, panels)).toEqual(before);
    }
  });
});

describe('unusual panels', () => {
  it('that are averaged down show their patches in the right place', async () => {
    const store = await open();
    const { panels } = await present(store, [unit('patches', 1, 40)], { patches: [PATCHES] });
    const [{ width, height, patches }] = panels as [Panel];
    expect([width, height]).toEqual([40, 15]);
    expect(patches![0]).toMatchObject({
      crop: { x: 1, y: 2, width: 5, height: 6 },
      sheet: { width: 40, height: 15 },
    });
  });

  it('that no picture excites, or whose dream is no number, say so', async () => {
    const store = await open();
    const dead = finished(8, 8, { patches: [], flags: ['dead'] });
    const broken = finished(8, 8, {
      score: Infinity,
      dream: { ...DREAM.dream!, activation: NaN, best: { image: 0, activation: NaN } },
    });
    const view = await present(store, [unit('odd', 2)], { odd: [dead, broken] });
    expect(view.panels[0]).toMatchObject({ patches: [], flags: ['dead'] });
    expect(view.panels[1]!.dream).toMatchObject({ activation: null });
    expect(view.panels[1]!.dream!.best).toBeUndefined();
    expect(view.panels[1]!.score).toBeUndefined();
  });
});
