/** Links of a text to units: they lead to the panel of the nearest figure that shows it, else to its page. Pure. */
import type { NarrativeBlock, Panel, View } from '../schema/report.ts';
import { MANY_PANELS } from './facets.ts';
import { slug } from './routes.ts';

/** Filters of each layer in a figure of panels that are looked at one by one: full rows of two, three or four. */
export const FIGURE_FILTERS = 12;

export interface TextLinks {
  readonly blocks: readonly NarrativeBlock[];
  /** The id of a panel in the figure of a block, where a link leads to it; once for each id. */
  anchorOf(block: number, panel: Pick<Panel, 'layer' | 'filter'>): string | undefined;
}

export interface UnitPages {
  /** Panels that the figure of a view shows one by one. */
  readonly shownIn: (view: View) => readonly Panel[];
  /** The page of a unit or, where it has none, of its layer; undefined where that has none either. */
  readonly hrefOf: (layer: string, filter: number) => string | undefined;
}

/** As `unit:layer/filter` becomes when the text is read: `layers/<layer>/<filter>/index.html`, from the report's folder. */
const LINK = /<a href="(?:\.\.\/)*layers\/([^"/]+)\/(\d+)\/index\.html"/g;

export function linkUnits(
  blocks: readonly NarrativeBlock[],
  report: {
    readonly views: readonly View[];
    readonly model: { readonly layers: readonly { readonly name: string }[] };
  },
  { shownIn, hrefOf }: UnitPages,
): TextLinks {
  const views = new Map(report.views.map((view) => [view.id, view]));
  const layers = new Map(report.model.layers.map(({ name }) => [encodeURIComponent(slug(name)), name]));
  const figures = blocks.flatMap((block, at) => {
    const view = block.kind === 'figure' ? views.get(block.view) : undefined;
    return view ? [{ at, units: new Set(shownIn(view).map(unitOf)) }] : [];
  });
  const ids = new Map<string, string>();

  const hrefFrom = (at: number, layer: string, filter: number): string | undefined => {
    const unit = unitOf({ layer, filter });
    const near = figures
      .filter(({ units }) => units.has(unit))
      .sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at))[0];
    if (!near) return hrefOf(layer, filter);
    const id = `panel-${near.at}-${slug(layer)}-${filter}`;
    ids.set(`${near.at} ${unit}`, id);
    return `#${encodeURIComponent(id)}`;
  };
  const linked = blocks.map((block, at): NarrativeBlock => {
    if (block.kind !== 'html') return block;
    const html = block.html.replace(LINK, (whole, written: string, filter: string) => {
      const layer = layers.get(written.replaceAll('&amp;', '&'));
      if (layer === undefined) return whole;
      const href = hrefFrom(at, layer, Number(filter));
      return href === undefined ? '<a' : `<a href="${href}"`;
    });
    return { ...block, html };
  });
  return {
    blocks: linked,
    anchorOf(block, panel) {
      const key = `${block} ${unitOf(panel)}`;
      const id = ids.get(key);
      // A unit may have several panels in a figure.
      ids.delete(key);
      return id;
    },
  };
}

const unitOf = ({ layer, filter }: Pick<Panel, 'layer' | 'filter'>): string => `${filter} ${layer}`;

/** @param oneByOne panels are shown layer by layer, the first of each */
export function figurePanels({ panels }: Pick<View, 'panels'>, oneByOne: boolean): readonly Panel[] {
  if (panels.length > MANY_PANELS) return [];
  if (!oneByOne) return panels;
  const counts = new Map<string | undefined, number>();
  return panels.filter(({ layer }) => {
    const count = (counts.get(layer) ?? 0) + 1;
    counts.set(layer, count);
    return count <= FIGURE_FILTERS;
  });
}
