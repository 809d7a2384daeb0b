import pLimit from 'p-limit';
import type { Bitmap } from '../../image/bitmap.ts';
import { colormap, colorsOf } from '../../image/colormap.ts';
import type { Lut, Range } from '../../image/colormap.ts';
import { ENCODE_VERSION, encodeHalf, encodePng, encodeWebp } from '../../image/encode.ts';
import { writePng } from '../../image/png.ts';
import type { Indexed } from '../../image/palette.ts';
import { composeIndexedSprites, composeSprites, MAX_SPRITE_SIDE } from '../../image/sprite.ts';
import type { SpriteLayout } from '../../image/sprite.ts';
import { SpareMemory } from '../../spare-memory.ts';
import { keyOf } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import type { Display } from '../../techniques/technique.ts';
import { gridOfSteps, indexSteps, isPlain } from './draw-steps.ts';
import { bitmapOf, colorRange, drawPanel, isIndexed, looksOf, mapRange } from './render-panel.ts';
import type { DrawnPanel, SharedScales } from './render-panel.ts';
import type { Backgrounds } from './backgrounds.ts';
import type { PanelNumbers, StoredPanel } from '../results/stored-job.ts';
import type { PlannedJob } from '../plan/plan.ts';
import type { SpriteSheetJobs } from './computed-view.ts';
import type { DrawnPanels } from './drawn-panels.ts';
import { restoreSheet, storeSheet } from './stored-sheet.ts';
import type { DrawnSpriteSheet, Placement, StoredSheet } from './stored-sheet.ts';
import { gridOf, valueScript } from './value-grids.ts';
import type { GridPanel } from './value-grids.ts';

/** Raise it when the pixels of panels, the layout of sprites or the files of values change. */
const DRAW_VERSION = 10;
/** Panels of jobs that have few are gathered into sprites of so many. */
const GATHERED_PANELS = 64;
const OWN_SPRITE_PANELS = 8;
/** Sprites of one sheet that are compressed side by side. */
const SPRITES_AT_ONCE = 2;
/** Longest side of a sprite: a page may show only one panel of it. Photographic panels take far more bytes than maps. */
const MAP_SPRITE_SIDE = 1100;
const PHOTOGRAPHIC_SPRITE_SIDE = 768;
/** Longest side of a sprite of patches below which it has no copy of half the size. */
const LEAST_HALVED = 512;
/** Bytes of a sprite of maps from which it has such a copy, where its maps are so large that half of them is no coarser than the screen. */
const HEAVY = 200_000;
const LARGE_MAP = 200;
/** WebP quality of panels with `compression: fine`, 1..100. */
const FINE_QUALITY = 92;

/** Of tiles and sprites of maps, until these are compressed. */
const spare = new SpareMemory(16 * 2 ** 20);

const areaOf = ({ width, height }: StoredPanel): number => width * height;

/** What the panels of one view are drawn with. */
export interface DrawingContext {
  readonly store: Store;
  readonly display: Display;
  readonly scales: SharedScales;
  /** Where maps are laid over images. */
  readonly backgrounds?: Backgrounds | undefined;
  readonly panelsOf: (job: PlannedJob) => Promise<readonly StoredPanel[]>;
  readonly numbersOf: (job: PlannedJob) => Promise<PanelNumbers>;
  /** Takes the panels that the figure shows as well. */
  readonly drawn: DrawnPanels;
}

/** Jobs, by their position in the view, whose panels share a sprite. */
export type SpriteSheetPlan = readonly number[];

interface SpriteSheetRecord extends StoredSheet {
  /** Sizes of the assets, to notice a missing or damaged one. */
  readonly assets: readonly KeptAsset[];
}

interface KeptAsset {
  readonly name: string;
  readonly size: number;
}

/** Which jobs of a view share a sprite: neighbours of one layer, unless each has enough panels for its own. */
export function planSheets(jobs: readonly PlannedJob[]): SpriteSheetPlan[] {
  const sheets: number[][] = [];
  let open: { jobs: number[]; layer: number; panels: number } | undefined;
  for (const [index, job] of jobs.entries()) {
    const layer = job.layers[0] ?? -1;
    if (job.panels >= OWN_SPRITE_PANELS) {
      open = undefined;
      sheets.push([index]);
    } else if (open && open.layer === layer && open.panels + job.panels <= GATHERED_PANELS) {
      open.jobs.push(index);
      open.panels += job.panels;
    } else {
      open = { jobs: [index], layer, panels: job.panels };
      sheets.push(open.jobs);
    }
  }
  return sheets;
}

export function sheetKey(jobs: readonly PlannedJob[], display: Display, scales: SharedScales): string {
  const keys = jobs.map(({ key }) => key);
  return keyOf({
    version: [DRAW_VERSION, ENCODE_VERSION],
    looks: looksOf(display),
    jobs: keys,
    scales: scales.key,
  });
}

/** The sheet as it was drawn before, if all of it is still there. */
async function knownSheet(store: Store, key: string): Promise<DrawnSpriteSheet | undefined> {
  const record = (await store.readRecord('sheet', key)) as SpriteSheetRecord | undefined;
  if (!record) return undefined;
  for (const { name, size } of record.assets) {
    if ((await store.assetSize(name)) !== size) return undefined;
  }
  return restoreSheet(record);
}

/**
 * Draws the panels of some jobs into as few images as can be, and keeps them; takes what was drawn before.
 */
export async function drawSheet(
  { jobs, first }: Pick<SpriteSheetJobs, 'jobs' | 'first'>,
  { store, display, scales, backgrounds, panelsOf, numbersOf, drawn }: DrawingContext,
): Promise<DrawnSpriteSheet> {
  const key = sheetKey(jobs, display, scales);
  const known = await knownSheet(store, key);
  if (known) return known;

  const lut = colormap(display.colormap);
  const lent: ArrayBuffer[] = [];
  const memory = (bytes: number): Uint8Array => {
    const buffer = spare.take(bytes);
    lent.push(buffer);
    return new Uint8Array(buffer, 0, bytes);
  };
  const drawSteps = (
    panel: StoredPanel,
    numbers: PanelNumbers,
    shared: Range | undefined,
    into: Uint8Array,
  ) => {
    const steps = numbers.steps(panel);
    const range = mapRange(panel, display, shared);
    const tile = indexSteps(panel, steps, lut, range, into);
    const grid = tile && (gridOfSteps(panel, steps) ?? gridOf(panel, numbers.of(panel)));
    return tile && { tile, grid, drawn: range };
  };
  const drawNumbers = async (
    job: PlannedJob,
    panel: StoredPanel,
    data: Float32Array,
    shared: Range | undefined,
  ) => {
    const values = panel.kind === 'map' && {
      ...{ grid: gridOf(panel, data), drawn: colorRange(panel, data, display, shared) },
    };
    const under = await backgrounds?.of(job, panel);
    return { ...values, tile: await drawPanel(panel, data, display, shared, under) };
  };

  const panels: StoredPanel[] = [];
  const grids: GridPanel[] = [];
  const tiles: DrawnPanel[] = [];
  for (const job of jobs) {
    const numbers = await numbersOf(job);
    const own = await panelsOf(job);
    const isSteps = ({ kind }: StoredPanel): boolean => isPlain(display) && kind === 'map';
    const room = memory(own.reduce((sum, panel) => sum + (isSteps(panel) ? areaOf(panel) : 0), 0));
    let filled = 0;
    for (const panel of own) {
      const shared = scales.of(job);
      const plain = isSteps(panel)
        ? drawSteps(panel, numbers, shared, room.subarray(filled, (filled += areaOf(panel))))
        : undefined;
      const { tile, ...values } = plain ?? (await drawNumbers(job, panel, numbers.of(panel), shared));
      grids.push({ panel, ...values });
      drawn.keep(first + tiles.length, tile);
      panels.push(panel);
      tiles.push(tile);
    }
  }
  const photographic = backgrounds !== undefined || panels.some(({ kind }) => kind !== 'map');
  const maxSide = longestSide(tiles, photographic ? PHOTOGRAPHIC_SPRITE_SIDE : MAP_SPRITE_SIDE);
  const { sprites, places } = photographic
    ? spritesOf(tiles.map(bitmapOf), maxSide)
    : mapSpritesOf(tiles, lut, maxSide, memory);
  const isHalved = panels.some(({ compression }) => compression === 'fine');
  const isLarge = tiles.every(({ width, height }) => Math.max(width, height) >= LARGE_MAP);
  const encodeSprite = (sprite: Bitmap | Indexed): Promise<Buffer> => {
    if ('palette' in sprite) return writePng(sprite, sprite.palette);
    return photographic
      ? encodeWebp(sprite, qualityOf(panels))
      : encodePng(sprite, { order: lut, reduce: display.style === 'contour' });
  };
  const keepSprite = async (
    sprite: Bitmap | Indexed,
  ): Promise<{ name: string; size: number; small?: KeptAsset }> => {
    const bytes = await encodeSprite(sprite);
    const name = await store.putAsset(bytes, photographic ? 'webp' : 'png');
    const kept = { name, size: bytes.byteLength };
    const isLong = Math.max(sprite.width, sprite.height) >= LEAST_HALVED;
    const isHeavy = !photographic && isLarge && bytes.byteLength > HEAVY;
    if (!isHeavy && !(isHalved && isLong)) return kept;
    const half = await encodeHalf(
      'palette' in sprite ? colorsOf({ ...sprite, places: sprite.pixels, lut: sprite.palette }) : sprite,
    );
    return { ...kept, small: { name: await store.putAsset(half, 'webp'), size: half.byteLength } };
  };
  const someAtOnce = pLimit(SPRITES_AT_ONCE);
  const assets = await Promise.all(sprites.map((sprite) => someAtOnce(keepSprite, sprite)));
  for (const buffer of lent) spare.give(buffer);
  const placements = tiles.map(({ width, height }, index): Placement => {
    const place = places[index];
    const sprite = sprites[place?.sprite ?? 0]!;
    const { name: asset, small } = assets[place?.sprite ?? 0]!;
    const sheet = { width: sprite.width, height: sprite.height, ...(small ? { small: small.name } : {}) };
    return { ...{ asset, width, height }, ...(place ? { crop: place.crop, sheet } : {}) };
  });
  const kept = assets.flatMap(({ name, size, small }) => [{ name, size }, ...(small ? [small] : [])]);
  const script = await valueScript(grids);
  const values = script === undefined ? undefined : await store.putAsset(Buffer.from(script), 'js');
  if (values !== undefined) kept.push({ name: values, size: Buffer.byteLength(script!) });
  const sheet = { placements, ...(values === undefined ? {} : { values }) };
  await store.writeRecord('sheet', key, { ...storeSheet(sheet), assets: kept } satisfies SpriteSheetRecord);
  return sheet;
}

interface Composed {
  readonly sprites: readonly (Bitmap | Indexed)[];
  readonly places: SpriteLayout['places'];
}

/** One tile alone is its own sprite, without a place. */
const spritesOf = (tiles: readonly Bitmap[], maxSide: number): Composed =>
  tiles.length === 1 ? { sprites: tiles, places: [] } : composeSprites(tiles, { maxSide });

/** With a palette where one colormap paints all of them. */
function mapSpritesOf(
  tiles: readonly DrawnPanel[],
  lut: Lut,
  maxSide: number,
  memory: (bytes: number) => Uint8Array,
): Composed {
  return tiles.length > 1 && tiles.every(isIndexed)
    ? composeIndexedSprites(tiles, lut, { maxSide, memory })
    : spritesOf(tiles.map(bitmapOf), maxSide);
}

/** Room for one tile at least. */
function longestSide(tiles: readonly DrawnPanel[], side: number): number {
  const longest = Math.max(...tiles.map(({ width, height }) => Math.max(width, height)));
  return Math.min(MAX_SPRITE_SIDE, Math.max(side, longest + 2));
}

/** Of a sprite with panels of which less may be lost than of a photograph. */
function qualityOf(panels: readonly StoredPanel[]): {
  readonly lossless?: boolean;
  readonly quality?: number;
} {
  const compressions = panels.flatMap(({ compression }) => compression ?? []);
  if (compressions.length === 0) return {};
  return compressions.every((compression) => compression === 'lossless')
    ? { lossless: true }
    : { quality: FINE_QUALITY };
}
