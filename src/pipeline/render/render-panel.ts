import type { Bitmap } from '../../image/bitmap.ts';
import { colormapKey } from '../../schema/colormaps.ts';
import { colormap, isDiverging, paintMap, paintRgb, signedRange } from '../../image/colormap.ts';
import type { Range } from '../../image/colormap.ts';
import { paintContours } from '../../image/contour.ts';
import type { Display, Job } from '../../techniques/technique.ts';
import type { PanelNumbers, StoredPanel } from '../results/stored-job.ts';

/** Pixels that the longest side of a small map drawn as contours is given. */
const CONTOUR_SIDE = 224;

/** Everything of the display that changes the pixels of a panel; part of the keys of what is drawn. */
export function looksOf({ style, levels, colormap, normalize, range, symmetric }: Display): unknown {
  return {
    ...{ style, levels: style === 'contour' ? levels : 0, colormap: colormapKey(colormap) },
    ...{ normalize, range, symmetric },
  };
}

/** The scales that panels have in common. */
export interface SharedScales {
  /** Undefined where a panel is measured by its own values. */
  of(job: Pick<Job, 'layers'>): Range | undefined;
  /** What they are, for keys. */
  readonly key: unknown;
  /** The one scale of the whole view, where there is just one. */
  readonly only?: Range;
}

const NOTHING_SHARED: SharedScales = { of: () => undefined, key: [] };

/** Scales that are known before any number is; undefined where panels must be looked at first. */
export function scalesBefore(display: Display): SharedScales | undefined {
  const { normalize, range } = display;
  if (normalize === 'fixed') return range && { of: () => range, key: [range], only: range };
  return normalize === 'layer' ? undefined : NOTHING_SHARED;
}

/** By layer, or one for the whole view. */
export function scalesAmong<U extends Pick<Job, 'layers'>>(
  display: Display,
  jobs: readonly U[],
  panelsOf: (job: U) => readonly StoredPanel[],
): SharedScales {
  const groupOf = ({ layers }: Pick<Job, 'layers'>): number =>
    display.normalize === 'layer' ? (layers[0] ?? -1) : -1;
  const ranges = new Map<number, [number, number]>();
  for (const job of jobs) {
    const group = groupOf(job);
    for (const { range, kind } of panelsOf(job)) {
      const [low, high] = range;
      if (kind === 'image' || low === null || high === null) continue;
      const known = ranges.get(group);
      ranges.set(group, known ? [Math.min(known[0], low), Math.max(known[1], high)] : [low, high]);
    }
  }
  const [only] = ranges.values();
  return {
    of: (job) => ranges.get(groupOf(job)),
    key: [...ranges.values()],
    ...(ranges.size === 1 && only ? { only } : {}),
  };
}

/** A range as the colours use it: widened about 0 where they are to be symmetric. */
export function drawnRange(display: Display, range: Range): Range {
  return display.symmetric || isDiverging(display.colormap) ? signedRange(range) : range;
}

/** One panel in its colours. `shared` is the scale it has in common with others, if any. */
export async function drawPanel(
  panel: StoredPanel,
  numbers: PanelNumbers,
  display: Display,
  shared: Range | undefined,
): Promise<Bitmap> {
  const { width, height, channels } = panel;
  const map = { width, height, data: numbers(panel) };
  if (panel.kind === 'image') return paintRgb(channels === 3 ? map : grey(map), [0, 255]);
  if (panel.kind === 'composite') {
    if (display.normalize === 'channel') return paintRgb(map, channelRanges(map.data));
    const range = shared ?? panel.scale;
    return paintRgb(map, display.symmetric ? signedRange(range) : range);
  }
  const range = drawnRange(display, shared ?? panel.scale);
  const lut = colormap(display.colormap);
  if (display.style === 'heatmap') return paintMap(map, lut, range);
  const factor = Math.max(1, CONTOUR_SIDE / Math.max(width, height));
  const size = { width: Math.round(width * factor), height: Math.round(height * factor) };
  return paintContours(map, lut, range, display.levels, size);
}

function grey<M extends { data: Float32Array }>(map: M): M {
  const data = new Float32Array(map.data.length * 3);
  for (let i = 0; i < data.length; i++) data[i] = map.data[Math.floor(i / 3)]!;
  return { ...map, data };
}

function channelRanges(data: Float32Array): [Range, Range, Range] {
  const rangeOfChannel = (channel: number): Range => {
    let low = Infinity;
    let high = -Infinity;
    for (let i = channel; i < data.length; i += 3) {
      const value = data[i]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return low <= high ? [low, high] : [0, 1];
  };
  return [rangeOfChannel(0), rangeOfChannel(1), rangeOfChannel(2)];
}
