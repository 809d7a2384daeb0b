import { colormap } from '../image/colormap.ts';
import { composeColorBar } from '../image/color-bar.ts';
import type { ColorBar } from '../image/color-bar.ts';
import { encodePng } from '../image/encode.ts';
import { composeFigure } from '../image/figure.ts';
import type { LabelledPanel } from '../image/figure.ts';
import type { Panel, View } from '../schema/report.ts';
import { keyOf } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { drawPanel, drawnRange, looksOf, scalesAmong, scalesBefore } from './draw.ts';
import type { SharedScales } from './draw.ts';
import type { PackedPanel } from './pack.ts';
import type { ExperimentPlan, PlannedUnit, ViewPlan } from './plan.ts';
import { drawSheet, planSheets, readUnit } from './sheets.ts';
import type { DrawnPanel } from './sheets.ts';

/** Raise it when the composed picture of a view changes. */
const FIGURE_VERSION = 1;
/** The composed picture shows at most so many panels; the page shows all. */
const FIGURE_PANELS = 400;
/** Beyond this many panels a view's list of them goes into files of its own, one a layer. */
const INLINE_PANELS = 1000;

export interface PresentedView {
  readonly view: View;
  /** Lists of panels that are too long for the report, by the path the report gives them. */
  readonly panelFiles: readonly { readonly src: string; readonly panels: readonly Panel[] }[];
}

/** Turns the numbers of one view into pictures and their description; what was drawn before is taken as it is. */
export interface Presenter {
  /** This unit (by key) has been computed: draws what is complete by it. */
  unitDone(key: string): Promise<void>;
  /** All units are computed: draws the rest and describes the view. */
  finish(): Promise<PresentedView>;
}

export function createPresenter(
  plan: ExperimentPlan,
  view: ViewPlan,
  store: Store,
  waiting: Iterable<string>,
): Presenter {
  const { units, display } = view;
  const missing = new Set(waiting);
  const before = scalesBefore(display);
  const sheets = planSheets(units).map((sheet) => ({
    units: sheet.map((index) => units[index]!),
    drawn: false,
  }));
  const sheetsOf = new Map<string, (typeof sheets)[number][]>();
  for (const sheet of sheets) {
    for (const { key } of sheet.units) sheetsOf.set(key, [...(sheetsOf.get(key) ?? []), sheet]);
  }

  return {
    async unitDone(key) {
      missing.delete(key);
      if (!before) return;
      for (const sheet of sheetsOf.get(key) ?? []) {
        if (sheet.drawn || sheet.units.some((unit) => missing.has(unit.key))) continue;
        sheet.drawn = true;
        await drawSheet(store, sheet.units, display, before);
      }
    },
    async finish() {
      const scales = before ?? (await scalesAmong(display, headersOf(view, store)));
      const drawn: ViewPanel[] = [];
      for (const sheet of sheets) {
        const panels = await drawSheet(store, sheet.units, display, scales);
        const owners = sheet.units.flatMap((unit) => Array.from({ length: unit.panels }, () => unit));
        drawn.push(...panels.map((panel, index) => ({ ...panel, unit: owners[index]! })));
      }
      return describe(plan, view, store, drawn, scales);
    },
  };
}

interface ViewPanel extends DrawnPanel {
  readonly unit: PlannedUnit;
}

async function* headersOf(
  { units }: ViewPlan,
  store: Store,
): AsyncIterable<{ unit: PlannedUnit; panels: readonly PackedPanel[] }> {
  for (const unit of units) yield { unit, panels: (await readUnit(store, unit)).header.panels };
}

async function describe(
  plan: ExperimentPlan,
  view: ViewPlan,
  store: Store,
  drawn: readonly ViewPanel[],
  scales: SharedScales,
): Promise<PresentedView> {
  const { display, grid, units, settings } = view;
  const { id, title, technique } = view.view;
  const panels = drawn.map((panel, index) =>
    toPanel(plan, panel, labelOf(plan, panel, index, display.label)),
  );
  const values = await listValues(plan, view, store);
  const long = panels.length > INLINE_PANELS;
  const files = long ? splitByLayer(id, panels) : [];
  const bar = await colorBarOf(view, store, drawn, scales);
  return {
    view: {
      ...{ id, technique, title, grid, settings: { ...settings } },
      picture: await pictureOf(plan, view, store, drawn, scales),
      ...(bar ? { colorBar: bar } : {}),
      panelCount: panels.length,
      panels: long ? [] : panels,
      ...(long
        ? { panelFiles: files.map(({ layer, src, panels: { length } }) => ({ layer, src, count: length })) }
        : {}),
      ...(units.length > 0 && values.length > 0 ? { values } : {}),
    },
    panelFiles: files,
  };
}

function toPanel({ source, images }: ExperimentPlan, panel: ViewPanel, label: string): Panel {
  const { unit, filter, width, height, crop, sheet, range, flags, asset } = panel;
  const [layer] = unit.layers;
  const [image] = unit.images;
  return {
    ...(layer === undefined ? {} : { layer: source.layers[layer]!.name }),
    ...(filter === undefined ? {} : { filter }),
    ...(image === undefined ? {} : { image: images.images[image]!.id }),
    ...{ label, src: assetSrc(asset), width, height },
    ...(crop && sheet ? { crop, sheet } : {}),
    range: [range[0], range[1]],
    ...(flags.length > 0 ? { flags: [...flags] } : {}),
  };
}

/** Where report.json finds an asset. */
export function assetSrc(name: string): string {
  return `../assets/${name}`;
}

function labelOf(plan: ExperimentPlan, panel: ViewPanel, index: number, template: string): string {
  const { layers, images } = panel.unit;
  const layer = layers[0] === undefined ? undefined : plan.source.layers[layers[0]];
  const image = images[0] === undefined ? undefined : plan.images.images[images[0]];
  const facts: Readonly<Record<string, string | number | undefined>> = {
    filter: panel.filter,
    image: images[0],
    file: image?.file,
    class: image?.class,
    layer: layer?.name ?? 'input',
    count: index + 1,
    width: panel.fullWidth,
    height: panel.fullHeight,
    channels: layer ? layer.outputShape.at(-1) : plan.source.network.inputShape[2],
  };
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''));
}

async function listValues(
  plan: ExperimentPlan,
  { units }: ViewPlan,
  store: Store,
): Promise<NonNullable<View['values']>> {
  const values: NonNullable<View['values']> = [];
  for (const unit of units.filter(({ payload }) => payload['values'] === true)) {
    const image = unit.images[0];
    for (const { filters, asset } of (await readUnit(store, unit)).header.values) {
      values.push({
        layer: plan.source.layers[unit.layers[0]!]!.name,
        ...(image === undefined ? {} : { image: plan.images.images[image]!.id }),
        filters: [...filters],
        src: assetSrc(asset),
      });
    }
  }
  return values;
}

function splitByLayer(
  view: string,
  panels: readonly Panel[],
): { layer: string; src: string; panels: Panel[] }[] {
  const byLayer = new Map<string, Panel[]>();
  for (const panel of panels) {
    const list = byLayer.get(panel.layer ?? '');
    if (list) list.push(panel);
    else byLayer.set(panel.layer ?? '', [panel]);
  }
  return [...byLayer].map(([layer, list], index) => ({
    layer,
    src: `panels/${view}-${index}.json`,
    panels: list,
  }));
}

interface PictureRecord {
  readonly asset: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
}

/** The picture kept under a key, made where it is not there. */
async function kept(
  store: Store,
  key: string,
  make: () => Promise<{ png: Uint8Array; width: number; height: number }>,
): Promise<View['picture']> {
  const known = (await store.readRecord('figure', key)) as PictureRecord | undefined;
  if (known && (await store.assetSize(known.asset)) === known.bytes) {
    return { src: assetSrc(known.asset), width: known.width, height: known.height };
  }
  const { png, width, height } = await make();
  const asset = await store.putAsset(png, 'png');
  await store.writeRecord('figure', key, {
    asset,
    bytes: png.byteLength,
    width,
    height,
  } satisfies PictureRecord);
  return { src: assetSrc(asset), width, height };
}

async function pictureOf(
  plan: ExperimentPlan,
  view: ViewPlan,
  store: Store,
  drawn: readonly ViewPanel[],
  scales: SharedScales,
): Promise<View['picture']> {
  const { display, units, view: spec } = view;
  const { columns } = view.grid;
  const rows = Math.max(1, Math.min(view.grid.rows, Math.floor(FIGURE_PANELS / columns)));
  const count = Math.min(drawn.length, rows * columns);
  const labels = drawn.slice(0, count).map((panel, index) => labelOf(plan, panel, index, display.label));
  const subtitle = plan.source.network.name;
  const key = keyOf({
    version: FIGURE_VERSION,
    looks: looksOf(display),
    ...{ title: spec.title, subtitle, rows, columns, labels, of: drawn.length },
    units: units.map((unit) => unit.key),
    scales: scales.key,
  });
  async function* panels(): AsyncIterable<LabelledPanel> {
    let index = 0;
    for (const unit of units) {
      const pack = await readUnit(store, unit);
      for (const panel of pack.header.panels) {
        if (index === count) return;
        yield { ...(await drawPanel(panel, pack, display, scales.of(unit))), label: labels[index++]! };
      }
    }
  }
  return kept(store, key, () =>
    composeFigure({
      ...{ title: spec.title, subtitle, panels: panels(), rows, columns },
      ...(drawn.some(({ coloured }) => coloured) ? { colorBar: barOf(view, scales) } : {}),
      ...(count < drawn.length ? { note: `The first ${count} of ${drawn.length} panels.` } : {}),
    }),
  );
}

/** Where each panel has a scale of its own, contours have levels of their own too: the bar is smooth then. */
function barOf({ display }: ViewPlan, scales: SharedScales): ColorBar {
  const range = scales.only && drawnRange(display, scales.only);
  return {
    lut: colormap(display.colormap),
    ...(range ? { range } : {}),
    ...(display.style === 'contour' && range ? { levels: display.levels } : {}),
  };
}

/** Pixels of the colour bar that pages show. */
const BAR = { width: 256, height: 12 };

async function colorBarOf(
  view: ViewPlan,
  store: Store,
  drawn: readonly ViewPanel[],
  scales: SharedScales,
): Promise<View['colorBar'] | undefined> {
  if (!drawn.some(({ coloured }) => coloured)) return undefined;
  const bar = barOf(view, scales);
  const key = keyOf({ version: FIGURE_VERSION, bar: { ...bar, lut: view.display.colormap } });
  const picture = await kept(store, key, async () => {
    const bitmap = composeColorBar(bar, BAR);
    return { ...BAR, png: await encodePng(bitmap, { order: bar.lut }) };
  });
  return { ...picture, range: bar.range ? [bar.range[0], bar.range[1]] : [null, null] };
}
