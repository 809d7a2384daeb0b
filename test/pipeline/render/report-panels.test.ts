import { readFile, rm } from 'node:fs/promises';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PlannedJob } from '../../../src/pipeline/plan/plan.ts';
import type { Frames, Panel } from '../../../src/schema/report.ts';
import type { Store } from '../../../src/store/store.ts';
import type { ComputedPatchFacts, PatchFacts } from '../../../src/techniques/patches/facts.ts';
import type { ComputedDreamFacts } from '../../../src/techniques/dreams/facts.ts';
import type { ComputedPanel, Frame } from '../../../src/techniques/technique.ts';
import { findStale } from '../../../src/pipeline/plan/staleness.ts';
import { openFakeStore as open, planOf, present } from './fake-view.ts';

/** RGB 0..255 of a panel: red says the column, green the row, blue the tint. */
const shades = (width: number, height: number, tint: number): Float32Array =>
  Float32Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [(pixel % width) * 2, Math.floor(pixel / width) * 4, tint][i % 3]!;
  });

const finished = (width: number, height: number, more: Partial<ComputedPanel>): ComputedPanel => ({
  ...{ kind: 'image', width, height, channels: 3, range: [0, 255], data: shades(width, height, 90) },
  ...more,
});

const frame = (step: number, grey: number): Frame => ({
  ...{ step, width: 16, height: 12 },
  data: new Uint8Array(16 * 12 * 3).fill(grey),
});

const DREAM: ComputedPanel = finished(40, 30, {
  filter: 7,
  facts: {
    ...{ objective: 'channel', method: 'fourier', activation: 3, steps: 256, seed: 5 },
    // The third of the job's own images.
    best: { image: 2, activation: 2 },
    ...{ score: 1.5, curve: [0, 1, 3] },
  } satisfies ComputedDreamFacts,
  files: {
    values: { kind: 'array', shape: [1, 2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) },
    frames: { kind: 'frames', frames: [frame(0, 10), frame(16, 120), frame(256, 240)] },
  },
});

const PATCHES: ComputedPanel = finished(80, 30, {
  filter: 3,
  compression: 'lossless',
  facts: {
    patches: [
      {
        ...{ image: 1, activation: 9, box: { x: 4, y: 5, width: 10, height: 11 } },
        effective: { x: 5, y: 6, width: 7, height: 8 },
        at: { x: 2, y: 3, width: 10, height: 12 },
        ...{ projectionAt: { x: 42, y: 3, width: 10, height: 12 }, values: 'projection-0' },
      },
      {
        ...{ image: 0, activation: 4, box: { x: 0, y: 0, width: 10, height: 11 } },
        receptiveField: { x: -2, y: 0, width: 12, height: 11 },
        ...{
          at: { x: 14, y: 3, width: 10, height: 12 },
          projectionAt: { x: 54, y: 3, width: 10, height: 12 },
        },
      },
    ],
    leftOut: [
      {
        ...{ image: 1, activation: 12, box: { x: 0, y: 3, width: 4, height: 11 } },
        receptiveField: { x: -8, y: 3, width: 12, height: 11 },
      },
    ],
    maxima: { counts: [1, 2, 0, 1], range: [0, 9] },
    classMeans: [{ class: 'cats', mean: 3, count: 2 }],
  } satisfies ComputedPatchFacts,
  files: { 'projection-0': { kind: 'array', shape: [1, 1, 1], data: Float32Array.from([8]) } },
});

const job = (key: string, technique: string, maxSide = 400): PlannedJob => ({
  ...{ key, label: key, view: 'view', technique, group: 'all', payload: {}, panels: 1, maxSide },
  layers: [0],
  // Not in the experiment's order: what is kept speaks of these positions.
  images: [2, 0, 1],
});

const bytesOf = (store: Store, src: string): Promise<Buffer> =>
  readFile(store.assetPath(src.replace('../assets/', '')));
/** The float32 numbers of a .npy file, whose header takes 128 bytes. */
const numbersOf = async (store: Store, src: string): Promise<number[]> => {
  const bytes = await bytesOf(store, src);
  return [...new Float32Array(new Uint8Array(bytes.subarray(128)).buffer)];
};

describe('what panels tell beside their images', () => {
  let store: Store;
  let dream: Panel;
  let patched: Panel;
  beforeAll(async () => {
    store = await open();
    const jobs = [job('dream', 'activation-maximization'), job('patches', 'top-patches')];
    const { panels } = await present(store, jobs, { dream: [DREAM], patches: [PATCHES] });
    [dream, patched] = panels as [Panel, Panel];
  });

  it('reaches the report, images named by the experiment and not by their place in the job', () => {
    expect(dream).toMatchObject({ layer: 'conv', filter: 7, kind: 'image' });
    expect(dream.facts).toEqual({
      ...{ objective: 'channel', method: 'fourier', activation: 3, steps: 256, seed: 5 },
      best: { image: 'b', activation: 2 },
      ...{ score: 1.5, curve: [0, 1, 3] },
    });
    expect(patched.facts).toEqual({
      patches: [
        {
          ...{ image: 'a', activation: 9, box: { x: 4, y: 5, width: 10, height: 11 } },
          effective: { x: 5, y: 6, width: 7, height: 8 },
          at: { x: 2, y: 3, width: 10, height: 12 },
          ...{ projectionAt: { x: 42, y: 3, width: 10, height: 12 }, values: 'projection-0' },
        },
        {
          ...{ image: 'c', activation: 4, box: { x: 0, y: 0, width: 10, height: 11 } },
          receptiveField: { x: -2, y: 0, width: 12, height: 11 },
          at: { x: 14, y: 3, width: 10, height: 12 },
          projectionAt: { x: 54, y: 3, width: 10, height: 12 },
        },
      ],
      leftOut: [
        {
          ...{ image: 'a', activation: 12, box: { x: 0, y: 3, width: 4, height: 11 } },
          receptiveField: { x: -8, y: 3, width: 12, height: 11 },
        },
      ],
      maxima: { counts: [1, 2, 0, 1], range: [0, 9] },
      classMeans: [{ class: 'cats', mean: 3, count: 2 }],
    });
  });

  it('is of no single image', () => {
    expect([dream.image, patched.image]).toEqual([undefined, undefined]);
    expect([dream.label, patched.label]).toEqual(['7', '3']);
  });

  it('keeps numbers as they were', async () => {
    expect(dream.files!['values']).toMatchObject({ kind: 'array', shape: [1, 2, 3] });
    expect(await numbersOf(store, dream.files!['values']!.src)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Object.keys(patched.files!)).toEqual(['projection-0']);
    expect(await numbersOf(store, patched.files!['projection-0']!.src)).toEqual([8]);
  });

  it('finds patches and projections in the sprite where the panel shows them', async () => {
    const { src, crop } = patched;
    const [strongest] = (patched.facts as PatchFacts).patches;
    const image = sharp(await bytesOf(store, src));
    for (const [at, x] of [
      [strongest!.at, 2],
      [strongest!.projectionAt!, 42],
    ] as const) {
      const { width, height } = at;
      const [left, top] = [crop!.x + at.x, crop!.y + at.y];
      const pixels = await image.clone().extract({ left, top, width, height }).raw().toBuffer();
      // Patches of a few pixels are kept without loss.
      expect([pixels[0], pixels[1], pixels[2]]).toEqual([x * 2, 3 * 4, 90]);
      const last = pixels.length - 3;
      expect([pixels[last], pixels[last + 1]]).toEqual([(x + 9) * 2, 14 * 4]);
    }
  });

  it('shows its frames as an animation and in a row', async () => {
    const frames = dream.files!['frames'] as Frames;
    expect(frames).toMatchObject({ width: 16, height: 12, steps: [0, 16, 256] });
    const { src, strip } = frames;
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
    const jobs = [job('dream', 'activation-maximization'), job('patches', 'top-patches')];
    const panels = { dream: [DREAM], patches: [PATCHES] };
    const before = await present(store, jobs, panels);
    const { plan } = planOf(jobs);
    const stale = async (): Promise<string[]> =>
      (await findStale(plan, store, new Set())).stale.map(({ key }) => key);
    expect(await stale()).toEqual([]);
    const lose = (src: string): Promise<void> => rm(store.assetPath(src.replace('../assets/', '')));
    const [dream, patched] = before.panels;
    const lost = [
      [dream!.files!['values']!.src, 'dream'],
      [dream!.files!['frames']!.src, 'dream'],
      [(dream!.files!['frames'] as Frames).strip, 'dream'],
      [patched!.files!['projection-0']!.src, 'patches'],
    ] as const;
    for (const [src, key] of lost) {
      await lose(src);
      expect(await stale()).toEqual([key]);
      expect(await present(store, jobs, panels)).toEqual(before);
    }
  });
});

describe('facts that are not what the technique says', () => {
  it.each([
    ['activation-maximization', { objective: 'channel' }, 'method'],
    ['top-patches', { patches: [], surprise: 1 }, 'surprise'],
    ['kernels', { any: 1 }, 'has no schema for them'],
  ])('are named, with their technique: %s', async (technique, facts, what) => {
    const store = await open();
    const odd = present(store, [job('odd', technique)], { odd: [finished(8, 8, { facts })] });
    await expect(odd).rejects.toThrow(
      new RegExp(`^Technique \`${technique}\` failed: .*facts.*${what}`, 's'),
    );
  });
});
