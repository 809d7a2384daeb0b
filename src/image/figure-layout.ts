import type { FigureOptions } from './figure-options.ts';
import { wrapText, type TextStyle } from './text.ts';

export interface PlacedLine {
  readonly text: string;
  /** Of the baseline. */
  readonly y: number;
  readonly style: TextStyle;
}

/** Where everything on a page stands, in pixels. */
export interface FigureLayout {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  /** Panels there is room for. */
  readonly cells: number;
  /** Left edge of everything, and top edge of the grid. */
  readonly left: number;
  readonly top: number;
  readonly cell: {
    readonly width: number;
    readonly height: number;
    readonly stepX: number;
    readonly stepY: number;
    /** Between two columns. */
    readonly gap: number;
  };
  /** Below each panel; absent where panels are too small to be labelled. */
  readonly label?: TextStyle & { readonly baseline: number };
  readonly title: readonly PlacedLine[];
  readonly subtitle: readonly PlacedLine[];
  readonly note: readonly PlacedLine[];
  readonly bar?: BarBox;
}

export interface BarBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly text: TextStyle;
}

/** A panel is drawn about this wide where columns are few. */
const LARGEST_CELL = 800;
/** What the columns share where they are many: 14 cm at 300 dpi. */
const GRID_WIDTH = 1650;
/** Of a figure in which type has its own size. */
const TYPE_WIDTH = 2100;
const MOST_WIDTH = 3800;
const MOST_HEIGHT = 3600;
const SMALLEST_LABELLED_CELL = 56;

type Grid = Pick<FigureOptions, 'rows' | 'columns'> & {
  readonly panelSize: { readonly width: number; readonly height: number };
};

/**
 * Width and height in pixels at which a figure shows each panel: what a contour should be painted at. A whole multiple of
 * the panel's own size, or the fraction of it there is room for.
 */
export function figureCellSize({ rows, columns, panelSize }: Grid): { width: number; height: number } {
  const { width, height } = panelSize;
  const widest = Math.min(LARGEST_CELL, GRID_WIDTH / columns);
  const room = Math.min(
    (MOST_WIDTH / columns) * (1 - GAP_SHARE),
    ((MOST_HEIGHT / rows) * (1 - ROW_GAP_SHARE) * width) / height,
  );
  // The longer side counts, so that upright panels are not larger than wide ones.
  const target = Math.min(widest * Math.min(1, width / height), room);
  const factor = Math.max(1, Math.round(target / width));
  if (width * factor <= Math.min(room, target * 1.5))
    return { width: width * factor, height: height * factor };
  const smaller = Math.floor(target / width);
  if (smaller >= 1) return { width: width * smaller, height: height * smaller };
  return {
    width: Math.max(1, Math.floor(target)),
    height: Math.max(1, Math.floor((target * height) / width)),
  };
}

const GAP_SHARE = 0.06;
const ROW_GAP_SHARE = 0.2;

export function layOut(options: FigureOptions & Grid): FigureLayout {
  const { rows, columns } = options;
  const cell = figureCellSize(options);
  const gap = clamp(Math.round(cell.width * GAP_SHARE), 4, 36);
  const gridWidth = columns * cell.width + (columns - 1) * gap;
  // Narrow grids still need room for a title; type grows with the page, so that it prints alike.
  const inner = Math.max(gridWidth, 760);
  const unit = clamp(inner / TYPE_WIDTH, 0.5, 1.6);
  const margin = Math.round(70 * unit);

  const size = (points: number, least: number) => Math.max(least, Math.round(points * unit));
  const titleStyle: TextStyle = { size: size(50, 28), weight: 600 };
  const subtitleStyle: TextStyle = { size: size(32, 19) };
  const noteStyle: TextStyle = { size: size(26, 16) };
  let y = margin;
  const place = (text: string | undefined, most: number, style: TextStyle): PlacedLine[] =>
    (text ? wrapText(text, inner, most, style) : []).map((line) => {
      y += Math.round(style.size * 1.3);
      return { text: line, y: y - Math.round(style.size * 0.35), style };
    });

  const title = place(options.title, 2, titleStyle);
  const subtitle = place(options.subtitle, 2, subtitleStyle);
  y += Math.round(26 * unit);

  const labelSize = clamp(Math.round(cell.width * 0.125), 12, size(31, 18));
  const labelled = cell.width >= SMALLEST_LABELLED_CELL;
  const label = { size: labelSize, baseline: Math.round(labelSize * 1.22) };
  const stepY = cell.height + (labelled ? Math.round(labelSize * 1.75) + Math.round(gap * 0.5) : gap);
  const top = y;
  y += rows * stepY - (labelled ? Math.round(gap * 0.5) : gap);

  const barHeight = size(30, 16);
  const barText: TextStyle = { size: size(26, 16) };
  const barWidth = Math.min(inner, Math.round(900 * Math.max(unit, 0.75)));
  const bar: BarBox | undefined = options.colorBar && {
    x: margin + Math.round((inner - barWidth) / 2),
    y: y + Math.round(34 * unit),
    width: barWidth,
    height: barHeight,
    text: barText,
  };
  if (bar) y = bar.y + barHeight + Math.round(barText.size * (options.colorBar?.label ? 3.4 : 1.9));
  if (options.note) y += Math.round(18 * unit);
  const note = place(options.note, 3, noteStyle);

  return {
    width: inner + 2 * margin,
    height: y + margin,
    columns,
    cells: rows * columns,
    left: margin + Math.floor((inner - gridWidth) / 2),
    top,
    cell: { ...cell, stepX: cell.width + gap, stepY, gap },
    ...(labelled ? { label } : {}),
    title,
    subtitle,
    note,
    ...(bar ? { bar } : {}),
  };
}

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);
