/** A whole view as one printable page: title, grid of labelled panels, colour bar, note. */
import sharp from 'sharp';
import { enlarge, fillGrey, paste, shrink, type Bitmap } from './bitmap.ts';
import { drawColorBar } from './color-bar.ts';
import { encodePng } from './encode.ts';
import { layOut, type FigureLayout } from './figure-layout.ts';
import type { FigureOptions, LabelledPanel } from './figure-options.ts';
import { hatching } from './hatch.ts';
import { drawText, INK, SOFT_INK } from './ink.ts';
import { fitText, measureText } from './text.ts';

export type { FigureOptions, LabelledPanel } from './figure-options.ts';

export interface Figure {
  readonly png: Buffer;
  readonly width: number;
  readonly height: number;
}

/** A hairline around every panel: maps may be as pale as the paper. */
const FRAME = 1;
const FRAME_GREY = 204;
/** From here on a panel fills its cell, and a pixel more or less in the size of its squares is not seen. */
const FREE_SCALE = 4;
const SMALLEST_LABEL = 0.7;

/**
 * White page, about 2,100 pixels wide for seven columns (18 cm at 300 dpi) and never more than about 4,000 either way as
 * long as every panel keeps a pixel or more. Small panels are enlarged, pixels staying squares; large ones are reduced. Text that does not fit ends in an ellipsis. Besides the page (at most 50 MB) one panel at a time is in
 * memory. The same input gives the same bytes.
 */
export async function composeFigure(options: FigureOptions): Promise<Figure> {
  const panels = inTurn(options.panels);
  const first = await panels.next();
  const size = options.panelSize ?? (first.done ? { width: 1, height: 1 } : first.value);
  const layout = layOut({ ...options, panelSize: size });
  const page: Bitmap = {
    width: layout.width,
    height: layout.height,
    rgb: new Uint8Array(layout.width * layout.height * 3).fill(255),
  };
  const drawing: string[] = [];
  drawHeading(layout, drawing);
  let count = 0;
  for (let next = first; !next.done && count < layout.cells; next = await panels.next(), count++) {
    placePanel(page, layout, next.value, count, drawing);
  }
  await panels.return?.(undefined);
  if (layout.bar && options.colorBar) drawColorBar(page, drawing, options.colorBar, layout.bar);
  drawNote(layout, drawing);

  const { data } = await sharp(page.rgb, { raw: { width: page.width, height: page.height, channels: 3 } })
    .composite([{ input: svg(layout, drawing) }])
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const finished = { ...page, rgb: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  const order = options.colorBar ? { order: options.colorBar.lut } : {};
  const png = await encodePng(finished, { ...order, reduce: true, dither: true });
  return { png, width: page.width, height: page.height };
}

async function* inTurn<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  yield* items;
}

function placePanel(
  page: Bitmap,
  layout: FigureLayout,
  panel: LabelledPanel,
  index: number,
  drawing: string[],
): void {
  const { cell, label } = layout;
  const left = layout.left + (index % layout.columns) * cell.stepX;
  const top = layout.top + Math.floor(index / layout.columns) * cell.stepY;
  const fitted = fitPanel(panel, cell);
  const x = left + Math.floor((cell.width - fitted.width) / 2);
  const y = top + Math.floor((cell.height - fitted.height) / 2);
  fillGrey(page, FRAME_GREY, x - FRAME, y - FRAME, fitted.width + 2 * FRAME, fitted.height + 2 * FRAME);
  paste(page, panel.silent ? hatching(fitted.width, fitted.height) : fitted, x, y);
  if (label && panel.label !== '') {
    // Long labels are set a little smaller before they are cut.
    const share = cell.width / measureText(panel.label, label);
    const style = { size: label.size * clamp(share, SMALLEST_LABEL, 1) };
    const text = fitText(panel.label, cell.width, style);
    drawing.push(
      drawText(text, left + cell.width / 2, top + cell.height + label.baseline, style, INK, 'middle'),
    );
  }
}

function fitPanel(panel: Bitmap, cell: { width: number; height: number }): Bitmap {
  const scale = Math.min(cell.width / panel.width, cell.height / panel.height);
  const factor = scale >= FREE_SCALE || scale < 1 ? scale : Math.floor(scale);
  const width = Math.max(1, Math.round(panel.width * factor));
  const height = Math.max(1, Math.round(panel.height * factor));
  if (width === panel.width && height === panel.height) return panel;
  return factor >= 1 ? enlarge(panel, { width, height }) : shrink(panel, { width, height });
}

function drawHeading({ title, subtitle, left }: FigureLayout, drawing: string[]): void {
  for (const { text, y, style } of title) drawing.push(drawText(text, left, y, style, INK));
  for (const { text, y, style } of subtitle) drawing.push(drawText(text, left, y, style, SOFT_INK));
}

function drawNote({ note, left }: FigureLayout, drawing: string[]): void {
  for (const { text, y, style } of note) drawing.push(drawText(text, left, y, style, SOFT_INK));
}

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);

function svg({ width, height }: FigureLayout, drawing: readonly string[]): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawing.join('')}</svg>`,
  );
}
