import pLimit from 'p-limit';
import type { Bitmap } from '../image/bitmap.ts';
import { colormap } from '../image/colormap.ts';
import { ENCODE_VERSION, encodePng, encodeWebp } from '../image/encode.ts';
import { composeSprites, MAX_SPRITE_SIDE } from '../image/sprite.ts';
import { keyOf, LostEntryError } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { Display } from '../techniques/technique.ts';
import { drawPanel, looksOf } from './draw.ts';
import type { SharedScales } from './draw.ts';
import { readPack } from './pack.ts';
import type { Pack, PackedPanel } from './pack.ts';
import type { PanelFacts, PanelFiles } from './panel-facts.ts';
import type { PlannedUnit } from './plan.ts';

/** Raise it when the pixels of panels or the layout of sprites change. */
const DRAW_VERSION = 2;
/** Panels of units that have few are gathered into sprites of so many. */
const GATHERED_PANELS = 64;
const OWN_SPRITE_PANELS = 8;
/** Sprites of one sheet that are compressed side by side. */
const SPRITES_AT_ONCE = 2;
/** Longest side of a sprite of photographic panels: each takes far more bytes than a map, and a page may want but one. */
const PHOTOGRAPHIC_SPRITE_SIDE = 1536;
/** Patches up to this side show single pixels, enlarged: what a lossy picture would blur. */
const SMALL_PATCH = 24;
/** WebP quality of larger ones, 1..100. */
const PATCH_QUALITY = 92;

/** Units, by their position in the view, whose panels share a sprite. */
export type SheetPlan = readonly number[];

/** One panel as drawn: facts of the numbers, and where its picture lies. Of which layer and image, its unit says. */
export interface DrawnPanel {
  readonly filter?: number;
  readonly range: readonly [number | null, number | null];
  readonly flags: readonly string[];
  readonly fullWidth: number;
  readonly fullHeight: number;
  /** True where colours stand for values: a map, not a photograph or a composite. */
  readonly coloured: boolean;
  readonly facts?: PanelFacts;
  readonly files?: PanelFiles;
  readonly asset: string;
  readonly width: number;
  readonly height: number;
  readonly crop?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly sheet?: { readonly width: number; readonly height: number };
}

interface SheetRecord {
  readonly panels: readonly DrawnPanel[];
  /** Sizes of the assets, to notice a missing or damaged one. */
  readonly assets: readonly { readonly name: string; readonly size: number }[];
}

/** Which units of a view share a sprite: neighbours of one layer, unless each has enough panels for its own. */
export function planSheets(units: readonly PlannedUnit[]): SheetPlan[] {
  const sheets: number[][] = [];
  let open: { units: number[]; layer: number; panels: number } | undefined;
  for (const [index, unit] of units.entries()) {
    const layer = unit.layers[0] ?? -1;
    if (unit.panels >= OWN_SPRITE_PANELS) {
      open = undefined;
      sheets.push([index]);
    } else if (open && open.layer === layer && open.panels + unit.panels <= GATHERED_PANELS) {
      open.units.push(index);
      open.panels += unit.panels;
    } else {
      open = { units: [index], layer, panels: unit.panels };
      sheets.push(open.units);
    }
  }
  return sheets;
}

export function sheetKey(units: readonly PlannedUnit[], display: Display, scales: SharedScales): string {
  const keys = units.map(({ key }) => key);
  return keyOf({
    version: [DRAW_VERSION, ENCODE_VERSION],
    looks: looksOf(display),
    units: keys,
    scales: scales.key,
  });
}

/** The sheet as it was drawn before, if all of it is still there. */
async function knownSheet(store: Store, key: string): Promise<readonly DrawnPanel[] | undefined> {
  const record = (await store.readRecord('sheet', key)) as SheetRecord | undefined;
  if (!record) return undefined;
  for (const { name, size } of record.assets) {
    if ((await store.assetSize(name)) !== size) return undefined;
  }
  return record.panels;
}

/** Reads a unit's numbers. @throws LostEntryError where the cache has them no longer */
export async function readUnit(store: Store, unit: PlannedUnit): Promise<Pack> {
  const bytes = await store.readRaw(unit.key);
  const pack = bytes && readPack(bytes);
  if (!pack) throw new LostEntryError(`raw/${unit.key}.bin`);
  return pack;
}

/** Draws the panels of some units into as few pictures as can be, and keeps them; takes what was drawn before. */
export async function drawSheet(
  store: Store,
  units: readonly PlannedUnit[],
  display: Display,
  scales: SharedScales,
): Promise<readonly DrawnPanel[]> {
  const key = sheetKey(units, display, scales);
  const known = await knownSheet(store, key);
  if (known) return known;

  const facts: PackedPanel[] = [];
  const tiles: Bitmap[] = [];
  for (const unit of units) {
    const pack = await readUnit(store, unit);
    for (const panel of pack.header.panels) {
      facts.push(panel);
      tiles.push(await drawPanel(panel, pack, display, scales.of(unit)));
    }
  }
  const photographic = facts.some(({ finished, channels }) => finished || channels === 3);
  const alone = tiles.length === 1;
  const maxSide = photographic ? photographicSide(tiles) : MAX_SPRITE_SIDE;
  const { sprites, places } = alone ? { sprites: tiles, places: [] } : composeSprites(tiles, { maxSide });
  const keepSprite = async (sprite: Bitmap): Promise<{ name: string; size: number }> => {
    const bytes = photographic
      ? await encodeWebp(sprite, qualityOf(facts))
      : await encodePng(sprite, {
          order: colormap(display.colormap),
          reduce: display.style === 'contour',
        });
    const name = await store.putAsset(bytes, photographic ? 'webp' : 'png');
    return { name, size: bytes.byteLength };
  };
  const someAtOnce = pLimit(SPRITES_AT_ONCE);
  const assets = await Promise.all(sprites.map((sprite) => someAtOnce(keepSprite, sprite)));
  const panels = facts.map((panel, index): DrawnPanel => {
    const { filter, range, flags, fullWidth, fullHeight, facts: told, files } = panel;
    const coloured = panel.channels === 1 && !panel.finished;
    const { width, height } = tiles[index]!;
    const place = places[index];
    const sprite = sprites[place?.sprite ?? 0]!;
    return {
      ...(filter === undefined ? {} : { filter }),
      ...(told ? { facts: told } : {}),
      ...(files ? { files } : {}),
      ...{
        range,
        flags,
        fullWidth,
        fullHeight,
        coloured,
        asset: assets[place?.sprite ?? 0]!.name,
        width,
        height,
      },
      ...(place ? { crop: place.crop, sheet: { width: sprite.width, height: sprite.height } } : {}),
    };
  });
  await store.writeRecord('sheet', key, { panels, assets } satisfies SheetRecord);
  return panels;
}

function photographicSide(tiles: readonly Bitmap[]): number {
  const longest = Math.max(...tiles.map(({ width, height }) => Math.max(width, height)));
  return Math.min(MAX_SPRITE_SIDE, Math.max(PHOTOGRAPHIC_SPRITE_SIDE, longest + 2));
}

/** Patches are small and many of their edges are the photograph's own: less may be lost than of a picture that is one. */
function qualityOf(panels: readonly PackedPanel[]): {
  readonly lossless?: boolean;
  readonly quality?: number;
} {
  const patches = panels.flatMap(({ facts }) => facts?.patches ?? []);
  if (patches.length === 0) return {};
  const small = patches.every(({ box }) => Math.max(box.width, box.height) <= SMALL_PATCH);
  return small ? { lossless: true } : { quality: PATCH_QUALITY };
}
