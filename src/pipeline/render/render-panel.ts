import quickselect from 'quickselect';
import type { Bitmap, FloatMap } from '../../image/bitmap.ts';
import { colormapKey } from '../../schema/colormaps.ts';
import {
  colormap,
  colorsOf,
  indexMap,
  isDiverging,
  paintMap,
  paintRgb,
  signedRange,
} from '../../image/colormap.ts';
import type { IndexedMap, Range } from '../../image/colormap.ts';
import { paintContours } from '../../image/contour.ts';
import { contourLevels } from '../../image/levels.ts';
import { fadeToZero, layOver } from '../../image/overlay.ts';
import { spread } from '../../model/placing.ts';
import type { Display, Job } from '../../techniques/technique.ts';
import type { Background } from './backgrounds.ts';
import type { StoredPanel } from '../results/stored-job.ts';

/** Pixels that the longest side of a small map drawn as contours is given. */
const CONTOUR_SIDE = 224;

/** Everything of the display that changes the pixels of a panel; part of the keys of what is drawn. */
export function looksOf(display: Display): unknown {
  const { style, levels, colormap, normalize, range, symmetric, magnitude, overlay, fade } = display;
  return {
    ...{ style, levels: style === 'contour' ? levels : 0, colormap: colormapKey(colormap) },
    ...{ normalize, range, symmetric, magnitude },
    ...(overlay === 'image' && { overlay, opacity: opacityOf(display), fade }),
    ...(display.saturate !== undefined && { saturate: display.saturate }),
  };
}

const opacityOf = ({ opacity = 0.5 }: Display): number => opacity;

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
      if (kind === 'image' || range[0] === null || range[1] === null) continue;
      const [low, high] = measuredRange(display, [range[0], range[1]]);
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

/** The range of what is coloured: of magnitudes, it begins at zero. */
function measuredRange({ magnitude }: Display, range: Range): Range {
  return magnitude ? [0, Math.max(Math.abs(range[0]), Math.abs(range[1]))] : range;
}

/** A range as the colours use it: widened about 0 where they are to be symmetric. */
export function drawnRange(display: Display, range: Range): Range {
  return isSymmetric(display) ? signedRange(range) : range;
}

/** Whether zero is the middle of the scale. */
export const isSymmetric = ({ symmetric, colormap }: Display): boolean =>
  symmetric === true || isDiverging(colormap);

/** The range of a map's colours. @param shared the scale it has in common with others, if any */
export function mapRange(panel: StoredPanel, display: Display, shared: Range | undefined): Range {
  return drawnRange(display, shared ?? measuredRange(display, panel.scale));
}

/** A panel as it is drawn: a map that a colormap paints is kept by its places, which take a third of the memory. */
export type DrawnPanel = Bitmap | IndexedMap;

export const isIndexed = (panel: DrawnPanel): panel is IndexedMap => 'places' in panel;

export const bitmapOf = (panel: DrawnPanel): Bitmap => (isIndexed(panel) ? colorsOf(panel) : panel);

function usedRange(
  panel: StoredPanel,
  data: Float32Array,
  display: Display,
  shared: Range | undefined,
): Range {
  const range = mapRange(panel, display, shared);
  return shared ? range : saturated(data, range, display);
}

/** What the first and the last colour of a map stand for: where bands have round bounds, the outermost of these. */
export function colorRange(
  panel: StoredPanel,
  data: Float32Array,
  display: Display,
  shared: Range | undefined,
): Range {
  const used = usedRange(panel, data, display, shared);
  if (display.style === 'heatmap') return used;
  if (!(used[1] > used[0])) return [used[0], used[0] + 1];
  const levels = contourLevels(used, display.levels);
  return [levels[0]!, levels.at(-1)!];
}

/**
 * One panel in its colours.
 * @param data its numbers, which may be changed
 * @param shared the scale it has in common with others, if any
 * @param under what a map is laid over, where the display says so
 */
export async function drawPanel(
  panel: StoredPanel,
  data: Float32Array,
  display: Display,
  shared: Range | undefined,
  under?: Background,
): Promise<DrawnPanel> {
  const { width, height, channels } = panel;
  const map = { width, height, data };
  if (panel.kind === 'image') return paintRgb(channels === 3 ? map : grey(map), [0, 255]);
  if (panel.kind === 'composite') {
    if (display.normalize === 'channel') return paintRgb(map, channelRanges(map.data));
    const range = shared ?? panel.scale;
    return paintRgb(map, display.symmetric ? signedRange(range) : range);
  }
  if (display.magnitude) for (let at = 0; at < data.length; at++) data[at] = Math.abs(data[at]!);
  const range = usedRange(panel, map.data, display, shared);
  const lut = colormap(display.colormap);
  if (under) return drawOver(map, display, range, under);
  if (display.style === 'heatmap') return indexMap(map, lut, range) ?? paintMap(map, lut, range);
  const factor = Math.max(1, CONTOUR_SIDE / Math.max(width, height));
  const size = { width: Math.round(width * factor), height: Math.round(height * factor) };
  return paintContours(map, lut, range, display.levels, size);
}

/** The range less what is left to the values farthest from zero. */
function saturated(data: Float32Array, [low, high]: Range, { saturate = 0 }: Display): Range {
  if (saturate === 0) return [low, high];
  const sizes = data.map((value) => (Number.isFinite(value) ? Math.abs(value) : 0));
  const place = Math.min(sizes.length - 1, Math.floor((1 - saturate) * sizes.length));
  quickselect(sizes as unknown as number[], place);
  const most = sizes[place]!;
  // Nearly all values are zero: there is nothing but the others to be seen.
  return most > 0 ? [Math.max(low, -most), Math.min(high, most)] : [low, high];
}

async function drawOver(
  map: FloatMap,
  display: Display,
  range: Range,
  { image, placing }: Background,
): Promise<Bitmap> {
  const wide = spread(map, image, placing);
  const lut = colormap(display.colormap);
  const colours =
    display.style === 'heatmap'
      ? paintMap(wide, lut, range)
      : await paintContours(wide, lut, range, display.levels, image);
  const opacity = opacityOf(display);
  return layOver(image, colours, display.fade ? fadeToZero(wide, range, opacity) : opacity);
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
