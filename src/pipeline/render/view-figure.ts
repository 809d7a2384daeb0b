import pLimit from 'p-limit';
import { colormapKey } from '../../schema/colormaps.ts';
import { composeColorBar } from '../../image/color-bar.ts';
import type { ColorBar } from '../../image/color-bar.ts';
import { colormap } from '../../image/colormap.ts';
import { encodePng } from '../../image/encode.ts';
import { contourLevels } from '../../image/levels.ts';
import { composeFigure } from '../../image/figure.ts';
import type { LabelledPanel } from '../../image/figure.ts';
import type { View } from '../../schema/report.ts';
import { keyOf } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import { bitmapOf, drawPanel, drawnRange, isSymmetric, looksOf } from './render-panel.ts';
import type { SharedScales } from './render-panel.ts';
import { cachedImage } from './cached-image.ts';
import { labelOf } from './report-panels.ts';
import { readNumbers } from '../results/stored-job.ts';
import type { PanelNumbers, StoredPanel } from '../results/stored-job.ts';
import type { PlannedJob, ViewPlan } from '../plan/plan.ts';
import type { ComputedView } from './computed-view.ts';

/** Raise it when the composed image of a view changes. */
const FIGURE_VERSION = 9;
/** The composed image shows at most so many panels; the page shows all. */
const FIGURE_PANELS = 400;

const figureRows = ({ grid: { rows, columns } }: ViewPlan): number =>
  Math.max(1, Math.min(rows, Math.floor(FIGURE_PANELS / columns)));

/** Besides its page, a figure has many panels in memory. */
const oneAtOnce = pLimit(1);

/** How many panels the figure shows: the first ones of the view. */
export const figurePanels = (view: ViewPlan): number =>
  Math.min(view.panelCount, figureRows(view) * view.grid.columns);

/** Jobs whose panels the figure shows, in their order. */
export function figureJobs(view: ViewPlan): readonly PlannedJob[] {
  let left = figurePanels(view);
  return view.jobs.filter(({ panels }) => {
    const isShown = left > 0;
    left -= panels;
    return isShown;
  });
}

/** What a figure is composed from; of `stored` it needs what `figureJobs` says. */
type FigureSource = Pick<
  ComputedView,
  'plan' | 'view' | 'store' | 'scales' | 'backgrounds' | 'drawn' | 'stored'
>;

/**
 * The whole view on one printable page.
 * @param coloured whether colours stand for values, so that a colour bar belongs to it
 */
export async function figureOf(
  { plan, view, store, scales, backgrounds, drawn, stored }: FigureSource,
  coloured: boolean,
): Promise<View['picture']> {
  const { display, jobs, panelCount, view: spec } = view;
  const { columns } = view.grid;
  const rows = figureRows(view);
  const count = figurePanels(view);
  const subtitle = plan.experiment.title;
  const shown = figureJobs(view)
    .flatMap((job) => stored.get(job.key)!.panels.map((panel) => ({ job, panel })))
    .slice(0, count);
  const labels = shown.map(({ job, panel }, index) => labelOf(plan, job, panel, index, display.label));
  const isSilent = ({ kind, flags }: StoredPanel): boolean => kind !== 'image' && flags.includes('silent');
  const flags = new Set(shown.flatMap(({ panel }) => panel.flags));
  const notes = Object.entries(display.notes ?? {}).flatMap(([flag, note]) =>
    flags.has(flag) ? [note] : [],
  );
  const note = [
    ...(count < panelCount ? [`The first ${count} of ${panelCount} panels.`] : []),
    ...(shown.some(({ panel }) => isSilent(panel)) ? ['Hatched: zero everywhere.'] : []),
    ...notes,
  ].join(' ');
  const key = keyOf({
    version: FIGURE_VERSION,
    looks: looksOf(display),
    ...{ title: spec.title, subtitle, rows, columns, panelCount, coloured, labels, note },
    jobs: jobs.map(({ key: job }) => job),
    scales: scales.key,
  });
  async function* panels(): AsyncIterable<LabelledPanel> {
    let current: { readonly job: PlannedJob; readonly numbers: PanelNumbers } | undefined;
    for (const [index, { job, panel }] of shown.entries()) {
      const label = labels[index]!;
      const silent = isSilent(panel);
      const known = drawn.take(index);
      if (known) {
        yield { ...known, label, silent };
        continue;
      }
      if (current?.job !== job) current = { job, numbers: await readNumbers(store, job.key) };
      const under = await backgrounds?.of(job, panel);
      const numbers = current.numbers.of(panel);
      yield { ...bitmapOf(await drawPanel(panel, numbers, display, scales.of(job), under)), label, silent };
    }
  }
  return cachedImage(store, key, async () => {
    const { png, ...size } = await oneAtOnce(() =>
      composeFigure({
        ...{ title: spec.title, subtitle, panels: panels(), rows, columns },
        ...(coloured ? { colorBar: barOf(view, scales) } : {}),
        ...(note === '' ? {} : { note }),
      }),
    );
    return { ...size, bytes: png, extension: 'png' };
  });
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

/** The colour bar that pages show beside the panels of a view. */
export async function colorBarOf(
  view: ViewPlan,
  store: Store,
  scales: SharedScales,
): Promise<NonNullable<View['colorBar']>> {
  const bar = barOf(view, scales);
  const key = keyOf({ version: FIGURE_VERSION, bar: { ...bar, lut: colormapKey(view.display.colormap) } });
  const figure = await cachedImage(store, key, async () => {
    const bitmap = composeColorBar(bar, BAR);
    return { ...BAR, bytes: await encodePng(bitmap, { order: bar.lut }), extension: 'png' };
  });
  const { display } = view;
  const zero = zeroShare(bar, display);
  const isPlain = display.overlay !== 'image';
  return {
    ...figure,
    range: bar.range ? [bar.range[0], bar.range[1]] : [null, null],
    ...(zero === undefined ? {} : { zero }),
    ...(isPlain ? { colors: Buffer.from(bar.lut).toString('base64') } : {}),
  };
}

/** Where zero stands on a bar. Scales that differ from panel to panel have it at one place only where they are symmetric. */
function zeroShare({ range, levels }: ColorBar, display: ViewPlan['display']): number | undefined {
  if (!range) return isSymmetric(display) ? 0.5 : undefined;
  const bounds = levels === undefined ? range : contourLevels(range, levels);
  const [low, high] = [bounds[0]!, bounds.at(-1)!];
  return low < 0 && high > 0 ? -low / (high - low) : undefined;
}
