/**
 * Cards of images as they travel in a page: a line each, so that a list of hundreds stays light. The page shows the first ones, and a
 * script makes the others when they are asked for. Both sides import this file.
 */

/** Texts are positions in a list that comes with the rows. */
export interface CardRow {
  /** Of the image's page. */
  readonly slug: string;
  /** Position of its sprite sheet, and its place there in pixels. */
  readonly sheet: number;
  readonly x: number;
  readonly y: number;
  readonly title: string;
  readonly lines: readonly CardLine[];
  /** Below them; -1: nothing. */
  readonly note: number;
  readonly mark: CardMark | '';
  /** Of each choice, positions of the options that the image is among. */
  readonly choices: readonly (readonly number[])[];
  /** Of each order, what the image is sorted by. */
  readonly values: readonly number[];
}

export interface CardLine {
  readonly text: number;
  /** A share in thousandths, which is drawn as a bar; or what is written instead. */
  readonly figure: number | string;
}

export type CardMark = 'right' | 'wrong';

/** Of what is shown at once. */
export const CARDS_AT_ONCE = 24;

const CELL = '\t';
const ROW = '\n';

/** A text without what divides rows. */
export const oneLine = (text: string): string => text.replaceAll(/[\t\r\n]+/g, ' ');

export const writeRow = (row: CardRow): string =>
  [
    ...[row.slug, row.sheet, row.x, row.y, oneLine(row.title), row.lines.map(writeLine).join(';'), row.note],
    ...[row.mark, ...row.choices.map((options) => options.join(',')), ...row.values],
  ].join(CELL);

export const writeRows = (rows: readonly CardRow[]): string => rows.map(writeRow).join(ROW);

const writeLine = ({ text, figure }: CardLine): string =>
  typeof figure === 'number' ? `${text}:${figure}` : `${text}::${figure}`;

function readLine(line: string): CardLine {
  const [text, share, figure = ''] = line.split(':') as [string, string, string?];
  return { text: Number(text), figure: share === '' ? figure : Number(share) };
}

/** @param choices how many there are */
export function readRows(text: string, choices: number): CardRow[] {
  if (text === '') return [];
  return text.split(ROW).map((line): CardRow => {
    const [slug, sheet, x, y, title, lines, note, mark, ...rest] = line.split(CELL) as [string, ...string[]];
    return {
      ...{ slug, sheet: Number(sheet), x: Number(x), y: Number(y), title: title! },
      ...{ lines: lines === '' ? [] : lines!.split(';').map(readLine), note: Number(note) },
      mark: mark as CardRow['mark'],
      choices: rest
        .slice(0, choices)
        .map((options) => (options === '' ? [] : options.split(',').map(Number))),
      values: rest.slice(choices).map(Number),
    };
  });
}

/** 985 → `98.5 %`; nothing is rounded to all or none. */
export function formatFigure(figure: number | string): string {
  if (typeof figure === 'string') return figure;
  if (figure <= 0) return '< 0.1 %';
  return figure >= 1000 ? '> 99.9 %' : `${figure / 10} %`;
}

/** By which of a row's values it is sorted, and in which direction. */
export interface RowOrder {
  readonly at: number;
  readonly down: boolean;
}

/** Rows that are among the chosen options, in an order. @param order undefined: as they come */
export function chooseRows(
  rows: readonly CardRow[],
  chosen: readonly (number | undefined)[],
  order: RowOrder | undefined,
): CardRow[] {
  const found = rows.filter(({ choices }) =>
    chosen.every((option, at) => option === undefined || choices[at]!.includes(option)),
  );
  if (!order) return found;
  const { at, down } = order;
  return found.sort((a, b) => (a.values[at]! - b.values[at]!) * (down ? -1 : 1));
}
