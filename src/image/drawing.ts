import type { Drawing, LineMark, Mark, PixelsMark, RectMark } from '../techniques/drawing.ts';
import { enlarge, paste } from './bitmap.ts';
import { drawText, INK } from './ink.ts';
import { rasterise } from './rasterise.ts';

const COLOR = /^#[0-9a-f]{6}$/i;

/**
 * The pixels of a drawing: uint8 [height, width, 3].
 *
 * @throws RangeError where a mark has a colour or a number that is none
 */
export async function draw(
  drawing: Drawing,
): Promise<{ readonly width: number; readonly height: number; readonly data: Uint8Array }> {
  const { scale = 1 } = drawing;
  const width = Math.round(drawing.width * scale);
  const height = Math.round(drawing.height * scale);
  const box = `viewBox="0 0 ${number(width / scale)} ${number(height / scale)}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${number(width)}" height="${number(height)}" ${box}><rect width="100%" height="100%" fill="#ffffff"/>${drawing.marks.map(element).join('')}</svg>`;
  const { rgba } = await rasterise(svg);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, from = 0; i < data.length; i += 3, from += 4) {
    data[i] = rgba[from]!;
    data[i + 1] = rgba[from + 1]!;
    data[i + 2] = rgba[from + 2]!;
  }
  const page = { width, height, rgb: data };
  for (const mark of drawing.marks) if (mark.kind === 'pixels') pastePixels(page, mark, scale);
  return { width, height, data };
}

function element(mark: Mark): string {
  switch (mark.kind) {
    case 'rect':
      return rect(mark);
    case 'line':
      return line(mark);
    case 'text': {
      const { x, y, text, size, weight = 400, fill = INK, anchor = 'start' } = mark;
      return drawText(text, number(x), number(y), { size: number(size), weight }, color(fill), anchor);
    }
    case 'pixels':
      return '';
  }
}

function rect({
  x,
  y,
  width,
  height,
  fill,
  stroke,
  line: strokeWidth = 1,
  dash,
  radius = 0,
}: RectMark): string {
  const box = `x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}" rx="${number(radius)}"`;
  const dashes = dash === undefined ? '' : ` stroke-dasharray="${number(dash)}"`;
  return `<rect ${box} ${paint(fill, stroke, strokeWidth)}${dashes}/>`;
}

function line({ points, stroke, line: strokeWidth = 1, fill }: LineMark): string {
  const list = points.map(([x, y]) => `${number(x)},${number(y)}`).join(' ');
  const shape = fill === undefined ? 'polyline' : 'polygon';
  return `<${shape} points="${list}" stroke-linejoin="round" stroke-linecap="round" ${paint(fill, stroke, strokeWidth)}/>`;
}

function paint(fill: string | undefined, stroke: string | undefined, width: number): string {
  const inside = `fill="${fill === undefined ? 'none' : color(fill)}"`;
  return stroke === undefined
    ? inside
    : `${inside} stroke="${color(stroke)}" stroke-width="${number(width)}"`;
}

function pastePixels(
  page: { width: number; height: number; rgb: Uint8Array },
  { x, y, width, height, rows, columns, rgb }: PixelsMark,
  scale: number,
): void {
  if (rgb.length !== rows * columns * 3)
    throw new RangeError('pixels of a drawing must be [rows, columns, 3]');
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  paste(
    page,
    enlarge({ width: columns, height: rows, rgb }, size),
    Math.round(x * scale),
    Math.round(y * scale),
  );
}

/** Nothing but numbers and colours reaches the renderer. */
function number(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`a number of a drawing is ${value}`);
  return Math.round(value * 100) / 100;
}

function color(value: string): string {
  if (!COLOR.test(value))
    throw new RangeError(`a colour of a drawing is ${JSON.stringify(value)}: write #rrggbb`);
  return value;
}
