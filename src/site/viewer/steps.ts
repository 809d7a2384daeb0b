import type { Found, PanelList } from './find.ts';
import { NO_LAYER } from './panel-data.ts';
import type { Reference } from './reference.ts';

/** Along what the viewer moves from panel to panel. Pure. */
export type Axis = 'filter' | 'image' | 'layer';

export const AXES: readonly {
  readonly axis: Axis;
  /** Back and on, as events name them. */
  readonly keys: readonly [string, string];
  readonly names: readonly [string, string];
}[] = [
  { axis: 'filter', keys: ['ArrowLeft', 'ArrowRight'], names: ['←', '→'] },
  { axis: 'image', keys: ['ArrowUp', 'ArrowDown'], names: ['↑', '↓'] },
  { axis: 'layer', keys: ['PageUp', 'PageDown'], names: ['Page Up', 'Page Down'] },
];

/** The panel beside a panel; undefined at the end of the row. */
export function neighbour(list: PanelList, from: Found, axis: Axis, by: 1 | -1): Reference | undefined {
  const { reference } = from;
  if (axis === 'filter') {
    // Panels of one unit, too: each is a step of its own.
    const row = list.panels.filter(
      ({ image, filter }) =>
        image?.id === from.image?.id && (filter === undefined) === (from.filter === undefined),
    );
    return row[row.indexOf(from) + by]?.reference;
  }
  if (axis === 'image') {
    if (!from.image) return undefined;
    const row = list.panels.filter(({ filter, image }) => filter === from.filter && image);
    // A list that is split has one image only: the others are known by their names.
    const images =
      list.images.length > new Set(row.map(({ image }) => image!.id)).size && isSplit(list)
        ? list.images.map(({ id }) => id)
        : [...new Set(row.map(({ image }) => image!.id))];
    const to = images[images.indexOf(from.image.id) + by];
    return to === undefined ? undefined : { ...withoutNth(reference), image: to };
  }
  const layers = list.view.layers.map(([id]) => id);
  const to = layers[layers.indexOf(list.layer) + by];
  if (to === undefined) return undefined;
  const { layer: _, ...rest } = withoutNth(reference);
  return to === NO_LAYER ? rest : { ...rest, layer: to };
}

const isSplit = ({ view, layer }: PanelList): boolean =>
  view.layers.some(([id, split]) => id === layer && split === true);

function withoutNth({ nth: _, ...rest }: Reference): Reference {
  return rest;
}
