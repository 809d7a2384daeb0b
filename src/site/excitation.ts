import { outsideOf } from '../schema/outside.ts';
import type { Panel, Patch, View } from '../schema/report.ts';
import { placeFragment } from './routes.ts';

/** What pages show of dreams and of the patches that excite filters. Pure. */

/** A part of a sprite, as `cutStyles` takes it. */
export type Part = Pick<Panel, 'crop' | 'sheet' | 'width' | 'height'>;

export function patchPart({ crop, sheet }: Patch): Part {
  return { crop, sheet, width: crop.width, height: crop.height };
}

export function projectionPart({ projectionCrop: crop, sheet }: Patch): Part | undefined {
  return crop && { crop, sheet, width: crop.width, height: crop.height };
}

/** Where lines along an image's edges mark that a place's receptive field goes on outside: the path of an SVG in its pixels. */
export function outsideEdges(place: Pick<Patch, 'box' | 'receptiveField'>): string | undefined {
  const { x, y, width, height } = place.box;
  const { top, right, bottom, left } = outsideOf(place);
  const lines = [
    top > 0 ? `M${x} ${y}h${width}` : '',
    right > 0 ? `M${x + width} ${y}v${height}` : '',
    bottom > 0 ? `M${x} ${y + height}h${width}` : '',
    left > 0 ? `M${x} ${y}v${height}` : '',
  ].join('');
  return lines === '' ? undefined : lines;
}

/** All patches of a panel, or all projections, as one cut: the grid that the panel shows of them. */
export function blockPart(
  { patches = [] }: Pick<Panel, 'patches'>,
  what: 'patches' | 'projections',
): Part | undefined {
  const crops = patches.flatMap(({ crop, projectionCrop }) =>
    what === 'patches' ? [crop] : projectionCrop ? [projectionCrop] : [],
  );
  const sheet = patches[0]?.sheet;
  if (crops.length === 0 || !sheet) return undefined;
  const x = Math.min(...crops.map((crop) => crop.x));
  const y = Math.min(...crops.map((crop) => crop.y));
  const width = Math.max(...crops.map((crop) => crop.x + crop.width)) - x;
  const height = Math.max(...crops.map((crop) => crop.y + crop.height)) - y;
  return { crop: { x, y, width, height }, sheet, width, height };
}

/**
 * The blocks of several panels, all as large as the fullest: filters that few pictures excite keep their patches in scale. A block
 * ends where its panel does.
 */
export function equalBlocks(panels: readonly Panel[], what: 'patches' | 'projections'): (Part | undefined)[] {
  const blocks = panels.map((panel) => blockPart(panel, what));
  const width = Math.max(0, ...blocks.map((block) => block?.width ?? 0));
  const height = Math.max(0, ...blocks.map((block) => block?.height ?? 0));
  return blocks.map((block, index) => {
    if (!block?.crop) return undefined;
    const { x, y } = block.crop;
    const panel = panels[index]!;
    const from = panel.crop ?? { x: 0, y: 0 };
    const size = {
      width: Math.min(width, from.x + panel.width - x),
      height: Math.min(height, from.y + panel.height - y),
    };
    return { ...block, ...size, crop: { x, y, ...size } };
  });
}

/** A panel as the face of a card: of patches and projections only the patches. */
export function facePart(panel: Panel): Part {
  return blockPart(panel, 'patches') ?? panel;
}

/**
 * Names the places of patches on the pages of their pictures: the same on a filter's page and on a picture's, as long as both go
 * through panels in the order of the views. A place that several views show has one name.
 */
class PlaceNames {
  readonly #known = new Map<string, Map<string, string>>();

  of({ image, box, receptiveField = box }: Patch, layer: string, filter: number): string {
    const first = placeFragment(layer, filter);
    const key = `${first} ${image}`;
    const boxes = this.#known.get(key) ?? new Map<string, string>();
    this.#known.set(key, boxes);
    // Different places may have the same box, where it is clipped.
    const place = Object.values(receptiveField).join();
    const name = boxes.get(place) ?? (boxes.size === 0 ? first : `${first}-${boxes.size + 1}`);
    boxes.set(place, name);
    return name;
  }
}

/** Panels of one filter, less those whose patches another one shows as well, with as much beside them. */
export function withoutRepeats(panels: readonly Panel[]): readonly Panel[] {
  const found = ({ patches = [] }: Panel): string =>
    JSON.stringify(patches.map(({ image, box, activation }) => [image, box, activation]));
  const shown = new Map<string, Panel>();
  for (const panel of panels) {
    if (!panel.patches?.length) continue;
    const other = shown.get(found(panel));
    if (!other || (!other.patches![0]!.projection && panel.patches[0]!.projection))
      shown.set(found(panel), panel);
  }
  return panels.filter((panel) => !panel.patches?.length || shown.get(found(panel)) === panel);
}

/** Names of the places of all patches of one filter. @param panels view by view */
export function placesOf(panels: readonly Panel[], layer: string, filter: number): Map<Patch, string> {
  const names = new PlaceNames();
  const places = new Map<Patch, string>();
  for (const { patches = [] } of panels) {
    for (const patch of patches) places.set(patch, names.of(patch, layer, filter));
  }
  return places;
}

/** A patch seen from the picture that it lies in. */
export interface Place {
  readonly view: View;
  readonly layer: string;
  readonly filter: number;
  readonly patch: Patch;
  /** 1: of all pictures this one excites the filter most. */
  readonly rank: number;
  /** Patches that the filter has. */
  readonly of: number;
  /** The element's id on the picture's page. */
  readonly fragment: string;
}

/** A dream for which a picture is the best real one. */
export interface Rival {
  readonly view: View;
  readonly panel: Panel;
}

/** Collects, view after view, what filters find in each picture. */
export class ImagePlaces {
  readonly #places = new Map<string, Place[]>();
  readonly #rivals = new Map<string, Rival[]>();
  readonly #names = new PlaceNames();
  readonly #layerIndex: ReadonlyMap<string, number>;

  constructor(layerIndex: ReadonlyMap<string, number>) {
    this.#layerIndex = layerIndex;
  }

  add(view: View, panels: readonly Panel[]): void {
    for (const panel of panels) {
      const { layer, filter, patches, dream } = panel;
      // What does not excite the unit comes near nothing.
      if (dream?.best && dream.best.activation > 0) push(this.#rivals, dream.best.image, { view, panel });
      if (layer === undefined || filter === undefined || !this.#layerIndex.has(layer)) continue;
      for (const [position, patch] of (patches ?? []).entries()) {
        const fragment = this.#names.of(patch, layer, filter);
        const place: Place = {
          ...{ view, layer, filter, patch, fragment },
          ...{ rank: position + 1, of: patches!.length },
        };
        const places = this.#places.get(patch.image) ?? [];
        this.#places.set(patch.image, places);
        const known = places.findIndex((other) => other.fragment === fragment);
        if (known < 0) places.push(place);
        else if (patch.projection && !places[known]!.patch.projection) places[known] = place;
      }
    }
  }

  /** By layer, from the deepest, and in each from the filter that is excited most compared with other pictures. */
  of(image: string): { layer: string; places: Place[] }[] {
    const byLayer = new Map<string, Place[]>();
    for (const place of this.#places.get(image) ?? []) push(byLayer, place.layer, place);
    return [...byLayer]
      .map(([layer, places]) => ({
        layer,
        places: places.sort((a, b) => a.rank - b.rank || a.filter - b.filter),
      }))
      .sort((a, b) => this.#layerIndex.get(b.layer)! - this.#layerIndex.get(a.layer)!);
  }

  rivals(image: string): readonly Rival[] {
    return this.#rivals.get(image) ?? [];
  }
}

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

/** Panels by layer, in the order in which layers first come. */
export function byLayer(panels: readonly Panel[]): { layer: string; panels: Panel[] }[] {
  const layers = new Map<string, Panel[]>();
  for (const panel of panels) push(layers, panel.layer ?? '', panel);
  return [...layers].map(([layer, list]) => ({ layer, panels: list }));
}

/** The class that most patches of a filter come from; undefined where pictures have none or no two agree. */
export function mainClass(
  patches: readonly Patch[],
  images: ReadonlyMap<string, { readonly class?: string | undefined }>,
): { readonly name: string; readonly count: number } | undefined {
  const counts = new Map<string, number>();
  for (const { image } of patches) {
    const name = images.get(image)?.class;
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  let best: { name: string; count: number } | undefined;
  for (const [name, count] of counts) if (count > (best?.count ?? 1)) best = { name, count };
  return best;
}

export interface Bar {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Bars of a histogram and marks at some values, in a drawing of that size; y downwards. */
export function drawHistogram(
  { counts, range: [least, greatest] }: NonNullable<Panel['maxima']>,
  values: readonly number[],
  size: { readonly width: number; readonly height: number },
): { bars: Bar[]; marks: number[] } {
  const highest = Math.max(1, ...counts);
  const step = size.width / Math.max(1, counts.length);
  const bars = counts.map((count, index): Bar => {
    // A single picture must be seen beside a thousand.
    const height = count === 0 ? 0 : Math.max(1.5, (count / highest) * size.height);
    return { x: index * step, y: size.height - height, width: Math.max(1, step - 1), height };
  });
  const span = greatest - least || 1;
  const marks = values.map((value) => Math.min(1, Math.max(0, (value - least) / span)) * size.width);
  return { bars, marks };
}

/** Points of a polyline through values at equal distances; undefined where there is no line. */
export function drawCurve(
  values: readonly number[],
  size: { readonly width: number; readonly height: number },
): string | undefined {
  if (values.length < 2) return undefined;
  const least = Math.min(...values);
  const span = Math.max(...values) - least || 1;
  return values
    .map((value, index) => {
      const x = (size.width * index) / (values.length - 1);
      const y = size.height * (1 - (value - least) / span);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}
