import type { Panel, View } from '../../../schema/report.ts';
import { placeFragment } from '../../routes.ts';
import type { ImageIndex } from '../presentation.ts';
import { factsOf } from './patches.ts';
import type { ShownPatch } from './patches.ts';

/** Where in images the patches lie that excite filters. Pure. */

/**
 * Names the places of patches on the pages of their images: the same on a filter's page and on an image's, as long as both go
 * through panels in the order of the views. A place that several views show has one name.
 */
class PatchFragments {
  readonly #known = new Map<string, Map<string, string>>();

  of({ image, box, receptiveField = box }: ShownPatch, layer: string, filter: number): string {
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
  const found = (panel: Panel): string =>
    JSON.stringify(factsOf(panel).patches.map(({ image, box, activation }) => [image, box, activation]));
  const shown = new Map<string, Panel>();
  for (const panel of panels) {
    const [strongest] = factsOf(panel).patches;
    if (!strongest) continue;
    const other = shown.get(found(panel));
    if (!other || (!factsOf(other).patches[0]!.projection && strongest.projection))
      shown.set(found(panel), panel);
  }
  return panels.filter((panel) => factsOf(panel).patches.length === 0 || shown.get(found(panel)) === panel);
}

/** Names of the places of all patches of one filter. @param panels view by view */
export function fragmentsOf(
  panels: readonly Panel[],
  layer: string,
  filter: number,
): Map<ShownPatch, string> {
  const names = new PatchFragments();
  const places = new Map<ShownPatch, string>();
  for (const panel of panels) {
    for (const patch of factsOf(panel).patches) places.set(patch, names.of(patch, layer, filter));
  }
  return places;
}

/** A patch seen from the image that it lies in. */
export interface ImagePatch {
  readonly view: View;
  readonly layer: string;
  readonly filter: number;
  readonly patch: ShownPatch;
  /** 1: of all images this one excites the filter most. */
  readonly rank: number;
  /** Patches that the filter has. */
  readonly of: number;
  /** The element's id on the image's page. */
  readonly fragment: string;
}

export interface LayerPatches {
  readonly layer: string;
  readonly places: readonly ImagePatch[];
}

/** Collects, view after view, what filters find in each image. */
export class PatchesByImage implements ImageIndex {
  readonly #places = new Map<string, ImagePatch[]>();
  readonly #names = new PatchFragments();
  readonly #layerIndex: ReadonlyMap<string, number>;

  constructor(layerIndex: ReadonlyMap<string, number>) {
    this.#layerIndex = layerIndex;
  }

  add(view: View, panels: readonly Panel[]): void {
    for (const panel of panels) {
      const { layer, filter } = panel;
      if (layer === undefined || filter === undefined || !this.#layerIndex.has(layer)) continue;
      const { patches } = factsOf(panel);
      for (const [position, patch] of patches.entries()) {
        const fragment = this.#names.of(patch, layer, filter);
        const place: ImagePatch = {
          ...{ view, layer, filter, patch, fragment },
          ...{ rank: position + 1, of: patches.length },
        };
        const places = this.#places.get(patch.image) ?? [];
        this.#places.set(patch.image, places);
        const known = places.findIndex((other) => other.fragment === fragment);
        if (known < 0) places.push(place);
        else if (patch.projection && !places[known]!.patch.projection) places[known] = place;
      }
    }
  }

  /** By layer, from the deepest, and in each from the filter that is excited most compared with other images. */
  of(image: string): LayerPatches[] | undefined {
    if (!this.#places.has(image)) return undefined;
    const byLayer = new Map<string, ImagePatch[]>();
    for (const place of this.#places.get(image) ?? []) push(byLayer, place.layer, place);
    return [...byLayer]
      .map(([layer, places]) => ({
        layer,
        places: places.sort((a, b) => a.rank - b.rank || a.filter - b.filter),
      }))
      .sort((a, b) => this.#layerIndex.get(b.layer)! - this.#layerIndex.get(a.layer)!);
  }
}

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

/** The class that most patches of a filter come from; undefined where images have none or no two agree. */
export function mainClass(
  patches: readonly Pick<ShownPatch, 'image'>[],
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
