import type { ImagePixels } from '../../model/model.ts';
import { functionName, INK, LINE, MARK, numberText, signedColor, SOFT, textOn } from '../arithmetic/ink.ts';
import type { Drawing, Mark } from '../drawing.ts';
import type { Box } from '../technique.ts';
import type { Stage } from './facts.ts';

/** A layer and its numbers, float32 [height, width, channels]; a vector is [1, 1, units]. */
export interface StageValues {
  readonly stage: Omit<Stage, 'at'>;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float32Array;
}

const MARGIN = 16;
/** Left of the maps: names. */
const NAMES = 190;
const MAP = 84;
const GAP = 8;
const COLUMNS = 8;
/** Cells of a vector. */
const CELL = 13;
const CELLS = Math.floor((COLUMNS * (MAP + GAP)) / CELL);
const WIDTH = NAMES + COLUMNS * (MAP + GAP) + 2 * MARGIN;

/** One row for the image, and one for each layer; where the maps of each lie. */
export function drawPass(
  image: ImagePixels,
  stages: readonly StageValues[],
): { readonly drawing: Drawing; readonly image: Box; readonly at: readonly (readonly Box[])[] } {
  const marks: Mark[] = [];
  const left = MARGIN + NAMES;
  let y = MARGIN;
  const imageBox = boxFor(image.width, image.height, left, y, 1.6 * MAP);
  marks.push(
    ...names(y, 'image', `${image.height} × ${image.width} × ${image.channels}`),
    pixelsOf(image, imageBox),
  );
  y += imageBox.height + 2 * GAP;
  const at = stages.map((values): Box[] => {
    const { stage, height, width } = values;
    marks.push({
      kind: 'line',
      points: [
        [MARGIN, y - GAP],
        [WIDTH - MARGIN, y - GAP],
      ],
      stroke: LINE,
    });
    const [low, high] = stage.range;
    marks.push(
      ...names(
        y,
        stage.layer,
        `${stage.shape.join(' × ')}${stage.activation ? `, ${functionName(stage.activation)}` : ''}`,
      ),
      {
        kind: 'text',
        x: MARGIN,
        y: y + 46,
        text: `${numberText(low)} to ${numberText(high)}`,
        size: 12,
        fill: SOFT,
      },
    );
    const greatest = Math.max(Math.abs(low ?? 0), Math.abs(high ?? 0), 1e-30);
    if (stage.shape.length === 1) {
      const box = stage.values ? bars(values, left, y, marks) : vector(values, greatest, left, y, marks);
      y += Math.max(box.height, 52) + 2 * GAP;
      return [box];
    }
    const boxes = stage.filters!.map((filter, i): Box => {
      const cell = boxFor(
        width,
        height,
        left + (i % COLUMNS) * (MAP + GAP),
        y + Math.floor(i / COLUMNS) * (MAP + GAP),
        MAP,
      );
      const frame = { x: cell.x - 0.5, y: cell.y - 0.5, width: cell.width + 1, height: cell.height + 1 };
      marks.push({ kind: 'rect', ...frame, stroke: LINE });
      marks.push({
        kind: 'pixels',
        ...cell,
        rows: height,
        columns: width,
        rgb: mapPixels(values, filter, greatest),
      });
      return cell;
    });
    const rows = Math.ceil(boxes.length / COLUMNS);
    y += Math.max(rows * (MAP + GAP) - GAP, 52) + 2 * GAP;
    return boxes;
  });
  return { drawing: { width: WIDTH, height: y, marks: [...marks] }, image: imageBox, at };
}

function names(y: number, name: string, shape: string): Mark[] {
  return [
    { kind: 'text', x: MARGIN, y: y + 13, text: name, size: 15, weight: 600, fill: INK },
    { kind: 'text', x: MARGIN, y: y + 30, text: shape, size: 12, fill: SOFT },
  ];
}

/** As large as fits into a square, whole pixels. */
function boxFor(width: number, height: number, x: number, y: number, side: number): Box {
  const scale = side / Math.max(width, height);
  return {
    x,
    y,
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

function pixelsOf({ height, width, channels, data }: ImagePixels, box: Box): Mark {
  const rgb = Uint8Array.from({ length: height * width * 3 }, (_, i) =>
    channels === 3 ? data[i]! : data[Math.floor(i / 3)]!,
  );
  return { kind: 'pixels', ...box, rows: height, columns: width, rgb };
}

function mapPixels(
  { height, width, channels, data }: StageValues,
  filter: number,
  greatest: number,
): Uint8Array {
  const rgb = new Uint8Array(height * width * 3);
  for (let place = 0; place < height * width; place++)
    rgb.set(colour(data[place * channels + filter]!, greatest), 3 * place);
  return rgb;
}

function colour(value: number, greatest: number): [number, number, number] {
  const hex = signedColor(value - value === 0 ? value / greatest : 0);
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
}

/** A cell for each unit, line after line. */
function vector({ data }: StageValues, greatest: number, x: number, y: number, marks: Mark[]): Box {
  const columns = Math.min(CELLS, data.length);
  data.forEach((value, unit) => {
    const fill = signedColor(value - value === 0 ? value / greatest : 0);
    const place = { x: x + (unit % columns) * CELL, y: y + Math.floor(unit / columns) * CELL };
    marks.push({ kind: 'rect', ...place, width: CELL - 1, height: CELL - 1, fill, stroke: LINE, line: 0.5 });
  });
  return { x, y, width: columns * CELL, height: Math.ceil(data.length / columns) * CELL };
}

/** A few units with their numbers, the greatest one marked. */
function bars({ stage, data }: StageValues, x: number, y: number, marks: Mark[]): Box {
  const greatest = Math.max(...data);
  const scale = Math.max(...Array.from(data, Math.abs), 1e-30);
  const row = 18;
  data.forEach((value, unit) => {
    const top = y + unit * row;
    const isGreatest = value === greatest;
    const length = (260 * Math.abs(value)) / scale;
    const fill = isGreatest ? MARK : signedColor(value / scale);
    marks.push(
      {
        kind: 'text',
        x,
        y: top + 13,
        text: stage.classes?.[unit] ?? String(unit),
        size: 13,
        weight: isGreatest ? 600 : 400,
        fill: INK,
      },
      {
        kind: 'rect',
        x: x + 110,
        y: top + 2,
        width: Math.max(1, length),
        height: row - 5,
        fill,
        stroke: LINE,
      },
      {
        ...{ kind: 'text', x: x + 120 + length, y: top + 13, text: numberText(value, 3), size: 13 },
        ...{ weight: isGreatest ? 600 : 400, fill: textOn('#ffffff') },
      },
    );
  });
  return { x, y, width: 440, height: data.length * row };
}
