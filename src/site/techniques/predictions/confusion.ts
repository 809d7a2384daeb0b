/** The confusion matrix as a table. Pure. */
import { slug } from '../../../schema/slug.ts';
import type { Summary } from './facts.ts';
import { nameOf } from './sentences.ts';

/** Of a table that can still be read; beyond, the most frequent confusions are listed. */
const MOST_COLUMNS = 48;
const MOST_ROWS = 48;
/** Confusions of a list. */
export const MOST_PAIRS = 40;

export interface MatrixCell {
  readonly count: number;
  readonly right: boolean;
  /** Share of the row, in steps of a twentieth, so that pages have few styles. */
  readonly share: number;
}

export interface MatrixRow {
  readonly folder: string;
  /** The first class that it stands for. */
  readonly class: number;
  readonly cells: readonly (MatrixCell | undefined)[];
  readonly right: number;
  readonly total: number;
}

export interface Matrix {
  readonly columns: readonly { readonly class: number; readonly name: string }[];
  readonly rows: readonly MatrixRow[];
}

export interface Confusion {
  readonly folder: string;
  readonly class: number;
  readonly predicted: { readonly class: number; readonly name: string };
  readonly count: number;
}

/** Undefined where it would be too large. */
export function matrixOf(summary: Summary): Matrix | undefined {
  const { folders, confusion = [], classes } = summary;
  const names = new Map(classes.map((one) => [one.class, nameOf(one)]));
  const own = new Set(folders.flatMap((folder) => folder.classes));
  const others = confusion.map(({ predicted }) => predicted).filter((each) => !own.has(each));
  const columns = [...[...own].sort((a, b) => a - b), ...[...new Set(others)].sort((a, b) => a - b)].map(
    (each) => ({ class: each, name: names.get(each) ?? nameOf({ class: each }) }),
  );
  if (columns.length > MOST_COLUMNS || folders.length > MOST_ROWS) return undefined;
  const rows = folders.map(({ folder, classes: of }): MatrixRow => {
    const found = confusion.filter((cell) => cell.folder === folder);
    const total = found.reduce((sum, { count }) => sum + count, 0);
    return {
      ...{ folder, class: of[0]!, total },
      right: found.reduce((sum, { count, right }) => sum + (right ? count : 0), 0),
      cells: columns.map(({ class: each }) => {
        const cell = found.find(({ predicted }) => predicted === each);
        return (
          cell && { count: cell.count, right: cell.right, share: Math.ceil((20 * cell.count) / total) / 20 }
        );
      }),
    };
  });
  return { columns, rows };
}

/** What is taken for what, the most frequent first. */
export function confusionsOf({ folders, confusion = [], classes }: Summary): Confusion[] {
  const names = new Map(classes.map((one) => [one.class, nameOf(one)]));
  return confusion
    .filter(({ right }) => !right)
    .sort((a, b) => b.count - a.count)
    .map(({ folder, predicted, count }) => {
      const expected = folders.find((one) => one.folder === folder)!.classes[0]!;
      return {
        ...{ folder, class: expected, count },
        predicted: { class: predicted, name: names.get(predicted)! },
      };
    });
}

/** The id of the place on a class's page where the images of a cell are: the same for all views. */
export const cellId = (folder: string, predicted: number): string => `of-${slug(folder)}-as-${predicted}`;
