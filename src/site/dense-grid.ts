import type { Panel } from '../schema/report.ts';
import { MANY_PANELS } from './facets.ts';
import { attributes, html, type Html } from './html.ts';
import type { PageContext } from './links.ts';
import { pixelLimit, spotStyle } from './measures.ts';
import { panelFlags, panelLabel, panelNote, type PanelFlag } from './panel-words.ts';
import { presentationOf } from './techniques/table.ts';
import { denseReference } from './viewer/attributes.ts';
import { nameOfImage } from './words.ts';

/**
 * Hundreds of maps of one layer: of each its link, its place on the sprite sheet, its name and its range. What all of them share stands on the list
 * once, and a script adds what follows from it (static/dense-lists.ts).
 */
export interface DenseGrid {
  readonly cells: Html;
  /** Of the list. */
  readonly name: string;
  readonly style: string;
  readonly isPixels: boolean;
  /** What names the panel of each. */
  readonly each: string;
  /** What marks in the cells mean. */
  readonly flags: readonly PanelFlag[];
}

export interface DenseOptions {
  readonly technique: string;
  readonly page: PageContext;
  readonly labels?: ((panel: Panel) => string) | undefined;
}

/** Undefined where there are fewer panels, or they differ in more than their filter. */
export function denseGrid(
  panels: readonly Panel[],
  { technique, page, labels }: DenseOptions,
): DenseGrid | undefined {
  const [first] = panels;
  if (panels.length <= MANY_PANELS || first?.layer === undefined || !first.crop) return undefined;
  const { layer, image, crop } = first;
  if (!page.layerIndex.has(layer) || !panels.every((panel) => isAlike(panel, first, technique)))
    return undefined;
  const presentation = presentationOf(technique);
  const flags = new Map(
    panels.flatMap((panel) => panelFlags(panel, technique)).map((each) => [each.flag, each]),
  );
  const cells = panels.map((panel) => {
    const marks = panelFlags(panel, technique).map(({ flag }) => html`<b>${flag} · </b>`);
    const map = attributes({
      class: panel.flags?.includes('silent') ? 'cut silent' : 'cut',
      style: spotStyle(panel, page.src(panel.src)),
    });
    const words = panelLabel(panel, labels?.(panel) ?? panel.label, page.images, { withoutImage: true });
    const href = page.filter(layer, panel.filter!);
    return html`<li><a href="${href}"><i${map}></i>${words}<small>${marks}${panelNote(panel, technique)}</small></a></li>`;
  });
  return {
    cells: html`${cells}`,
    name: `${presentation.noun}s of ${layer}${image === undefined ? '' : ` for ${nameOfImage(page.images, image)}`}`,
    style: `--shape:${crop.width}/${crop.height}`,
    isPixels: Math.max(first.width, first.height) < pixelLimit(technique),
    each: denseReference(layer, image),
    flags: [...flags.values()],
  };
}

/** Whether it is a map of the same layer and image, as large on its sheet. */
function isAlike(panel: Panel, first: Panel, technique: string): boolean {
  const { crop, sheet, src, filter, layer, image, kind } = panel;
  if (filter === undefined || kind !== 'map' || layer !== first.layer || image !== first.image) return false;
  if (!crop || !sheet || !UNQUOTED.test(src) || presentationOf(technique).curve?.(panel)) return false;
  return crop.width === first.crop!.width && crop.height === first.crop!.height;
}

/** May stand in a style sheet as an address. */
const UNQUOTED = /^[\w./-]+$/;
