import type { Panel, Report, View } from '../../schema/report.ts';
import { layerCounts, type SiteData } from '../data.ts';
import { reportLayers } from '../layer-pages.ts';
import { pixelLimit } from '../measures.ts';
import { slug } from '../routes.ts';
import { entryScript } from '../script-data.ts';
import { presentationOf } from '../techniques/table.ts';
import { imageName } from '../words.ts';
import { unitOrders } from '../unit-order.ts';
import { MANY_IN_A_SCRIPT, NO_LAYER, orderPath, scriptPath } from './panel-data.ts';
import type {
  LayerData,
  OrderData,
  PanelData,
  PanelMore,
  PanelTuple,
  ReportData,
  ValueRun,
  ViewData,
} from './panel-data.ts';

/** A script for the viewer. */
export interface ViewerScript {
  /** Below dist/. */
  readonly path: readonly string[];
  readonly text: string;
}

/** Some of a report's scripts, which are made together. */
export interface ViewerPart {
  /** Its own among the parts of the report. */
  readonly name: string;
  /** The layer whose panels it reads. */
  readonly layer?: string | undefined;
  readonly scripts: (data: SiteData, report: Report) => AsyncIterable<ViewerScript>;
}

/** All of a report's scripts. */
export function viewerParts(report: Report): readonly ViewerPart[] {
  return [
    ...report.views.flatMap((view, index) =>
      [...new Set(layerCounts(view).map(({ layer }) => layer))].map((layer) => ({
        ...{ name: `views/${slug(view.id)}/${layerId(layer)}`, layer },
        scripts: (data: SiteData, read: Report) => viewScripts(data, read, read.views[index]!, layer),
      })),
    ),
    ...reportLayers(report).withPage.map(({ name: layer }) => ({
      ...{ name: `orders/${slug(layer)}`, layer },
      scripts: (data: SiteData, read: Report) => orderScripts(data, read, layer),
    })),
    { name: 'report', scripts: reportScript },
  ];
}

/** A view's panels of one layer. */
async function* viewScripts(
  data: SiteData,
  report: Report,
  view: View,
  of: string | undefined,
): AsyncIterable<ViewerScript> {
  for await (const { layer, panels, valueGrids } of data.viewLayers(report, view, of)) {
    const where = { experiment: report.experiment.id, view: slug(view.id), layer: layerId(layer) };
    const all = panelData(report, view, panels, valueGrids);
    if (!isSplit(panels.length)) yield script(scriptPath(where), all);
    else
      for (const [image, part] of byImage(all))
        yield script(
          scriptPath({ ...where, image: image < 0 ? NO_LAYER : slug(report.images[image]!.id) }),
          part,
        );
  }
}

/** The orders of the units of a layer. */
async function* orderScripts(data: SiteData, report: Report, layer: string): AsyncIterable<ViewerScript> {
  const imagesById = new Map(report.images.map((image) => [image.id, image]));
  const found = unitOrders(await data.layerPanels(report, layer), imagesById);
  if (!found) return;
  const { orders, nearest } = found;
  const ranks = Object.fromEntries(orders.map((order) => [order.id, order.ranks]));
  const path = [report.experiment.id, ...orderPath(slug(layer))];
  yield script(path, { ranks, ...(nearest ? { nearest } : {}) });
}

/** What is known of a report as a whole. */
async function* reportScript(_data: SiteData, report: Report): AsyncIterable<ViewerScript> {
  const colors = new Positions();
  const views = report.views.map((view): ViewData => ({
    ...{ id: slug(view.id), title: view.title, noun: presentationOf(view.technique).noun },
    layers: layerCounts(view).map(({ layer, count }) =>
      isSplit(count) ? [layerId(layer), true] : [layerId(layer)],
    ),
    ...(view.colorBar?.colors === undefined ? {} : { colors: colors.of(view.colorBar.colors) }),
    ...(view.settings['overlay'] === 'image' ? { over: true as const } : {}),
    pixelsBelow: pixelLimit(view.technique),
  }));
  yield script(scriptPath({ experiment: report.experiment.id }), reportData(report, views, colors.list));
}

const isSplit = (count: number): boolean => count > MANY_IN_A_SCRIPT;
const layerId = (layer: string | undefined): string => (layer === undefined ? NO_LAYER : slug(layer));

function script(path: readonly string[], value: ReportData | PanelData | OrderData): ViewerScript {
  return { path, text: entryScript('filterscopeViewer', path.join('/'), value) };
}

function reportData(
  { experiment, model, images }: Report,
  views: readonly ViewData[],
  colors: readonly string[],
): ReportData {
  const shown = new Set(views.flatMap(({ layers }) => layers.map(([id]) => id)));
  const { hasPage } = reportLayers({ model } as Report);
  const last = model.layers.at(-1);
  const layers = model.layers.map((layer): LayerData => {
    const { name, type, outputShape, receptiveField: field } = layer;
    const [rows, columns] = outputShape.length === 3 ? outputShape : [];
    return {
      ...{ id: slug(name), name, type, hasPage: hasPage(name) },
      ...(layer === last && model.classes ? { classes: model.classes } : {}),
      ...(rows !== undefined && columns !== undefined ? { size: [rows, columns] as const } : {}),
      ...(field ? { field } : {}),
    };
  });
  const [height, width] = model.inputShape;
  return {
    ...{ title: experiment.title, network: model.name, input: [height, width] },
    ...(experiment.cover ? { cover: experiment.cover.src } : {}),
    layers: layers.filter(({ id, hasPage }) => hasPage || shown.has(id)),
    images: images.map((image) => ({
      ...{ id: slug(image.id), name: imageName(image), src: image.src },
      ...{ width: image.width, height: image.height },
    })),
    ...{ views, colors },
  };
}

/** @param panels of one layer */
function panelData(
  { images }: Report,
  view: View,
  panels: readonly Panel[],
  valueGrids: View['valueGrids'],
): PanelData {
  const imageIndex = new Map(images.map(({ id }, index) => [id, index]));
  const indexOf = (id: string | undefined): number => (id === undefined ? -1 : (imageIndex.get(id) ?? -1));
  const sprites = new Map<string, { readonly index: number; readonly tuple: PanelData['sprites'][number] }>();
  const spriteOf = ({ src, sheet, width, height }: Panel): number => {
    const known = sprites.get(src) ?? {
      index: sprites.size,
      tuple: [src, sheet?.width ?? width, sheet?.height ?? height],
    };
    sprites.set(src, known);
    return known.index;
  };
  const { parts: partsOf } = presentationOf(view.technique);
  const tuples = panels.map((panel): PanelTuple => {
    const { filter = -1, image, crop, width, height, range } = panel;
    const more = moreOf(panel);
    const { x, y } = crop ?? { x: 0, y: 0 };
    const tuple = [
      filter,
      indexOf(image),
      spriteOf(panel),
      x,
      y,
      width,
      height,
      rounded(range[0]),
      rounded(range[1]),
    ] as const;
    return Object.keys(more).length > 0 ? [...tuple, more] : tuple;
  });
  const cut = panels.flatMap((panel) =>
    (partsOf?.(panel) ?? []).map(({ image, part, note, box, beside }): PanelTuple => {
      const { x, y, width, height } = part;
      const more: PanelMore = {
        kind: 'image',
        ...(note === undefined ? {} : { note }),
        ...(box ? { box: [box.x, box.y, box.width, box.height] } : {}),
        ...(beside
          ? {
              beside: {
                label: beside.label,
                crop: [beside.part.x, beside.part.y, beside.part.width, beside.part.height],
              },
            }
          : {}),
      };
      return [panel.filter ?? -1, indexOf(image), spriteOf(panel), x, y, width, height, null, null, more];
    }),
  );
  const all = [...tuples, ...cut];
  return {
    sprites: [...sprites.values()].map(({ tuple }) => tuple),
    ...(valueGrids
      ? { values: valueGrids.map(({ count, src }) => (src === undefined ? [count] : [count, src])) }
      : {}),
    panels: all,
    images: [...new Set(all.map(([, image]) => image).filter((image) => image >= 0))].sort((a, b) => a - b),
  };
}

function moreOf({ kind, flags = [] }: Panel): PanelMore {
  return {
    ...(kind === 'map' ? {} : { kind }),
    ...(flags.includes('silent') ? { silent: true as const } : {}),
    ...(flags.includes('nan') ? { nan: true as const } : {}),
  };
}

const rounded = (value: number | null): number | null =>
  value === null ? null : Number(value.toPrecision(6));

/** Each image's panels, and where their values are. */
function byImage({ panels, values = [], ...rest }: PanelData): Map<number, PanelData> {
  const parts = new Map<number, { panels: PanelTuple[]; values: ValueRun[] }>();
  const places = values.flatMap(([count, src]) =>
    Array.from({ length: count }, (_, from) => ({ src, from })),
  );
  for (const [index, panel] of panels.entries()) {
    const part = parts.get(panel[1]) ?? { panels: [], values: [] };
    parts.set(panel[1], part);
    part.panels.push(panel);
    const place = places[index];
    if (!place) continue;
    const last = part.values.at(-1);
    const goesOn = last && last[1] === place.src && (last[2] ?? 0) + last[0] === place.from;
    if (goesOn) part.values.splice(-1, 1, [last[0] + 1, ...last.slice(1)] as unknown as ValueRun);
    else part.values.push(place.src === undefined ? [1] : [1, place.src, place.from]);
  }
  return new Map([...parts].map(([image, part]) => [image, { ...rest, ...part }]));
}

/** Numbers texts in the order in which they come. */
class Positions {
  readonly list: string[] = [];

  of(text: string): number {
    const known = this.list.indexOf(text);
    return known >= 0 ? known : this.list.push(text) - 1;
  }
}
