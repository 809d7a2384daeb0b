import { describe, expect, it } from 'vitest';
import type { Panel, View } from '../../src/schema/report.ts';
import { predictionCards } from '../../src/site/techniques/predictions/cards.ts';
import { cellId, confusionsOf, matrixOf } from '../../src/site/techniques/predictions/confusion.ts';
import type { PredictionFacts, Summary } from '../../src/site/techniques/predictions/facts.ts';
import { classGroups } from '../../src/site/techniques/predictions/groups.ts';
import {
  classSentence,
  formatShare,
  ordinal,
  summaryFacts,
  summaryNotes,
  verdictNote,
} from '../../src/site/techniques/predictions/sentences.ts';
import { presentationOf } from '../../src/site/techniques/table.ts';
import type { ReportImage } from '../../src/site/types.ts';

const summary: Summary = {
  ...{ kind: 'single-label', logits: 'out', outputs: 10, images: 8, labelled: 7, right: 4, wrong: 3 },
  ...{ confidentlyWrong: 1, unsure: 2, notFinite: 0, accuracy: 4 / 7, unmatched: ['odd'] },
  folders: [
    { folder: 'cats', classes: [3, 4], images: 4 },
    { folder: 'dogs', classes: [5], images: 3 },
  ],
  classes: [3, 4, 5, 9].map((each) => ({
    ...{ class: each, name: `c${each}`, images: 2, right: 1, predicted: 2, recall: 0.5, precision: 0.5 },
    ...{ best: [], worst: [], mistaken: [] },
  })),
  confusion: [
    { folder: 'cats', predicted: 3, count: 2, right: true },
    { folder: 'cats', predicted: 4, count: 1, right: true },
    { folder: 'cats', predicted: 9, count: 1, right: false },
    { folder: 'dogs', predicted: 5, count: 1, right: true },
    { folder: 'dogs', predicted: 3, count: 2, right: false },
  ],
};

describe('the confusion matrix', () => {
  it('has a row for each folder, its classes before others, and their sums', () => {
    const { columns, rows } = matrixOf(summary)!;
    expect(columns.map(({ name }) => name)).toEqual(['c3', 'c4', 'c5', 'c9']);
    expect(rows.map(({ cells }) => cells.map((cell) => cell?.count ?? 0))).toEqual([
      [2, 1, 0, 1],
      [2, 0, 1, 0],
    ]);
    expect(rows.map(({ right, total }) => [right, total])).toEqual([
      [3, 4],
      [1, 3],
    ]);
  });

  it('is a list of confusions where it would be too large', () => {
    const many = {
      ...summary,
      folders: Array.from({ length: 60 }, (_, at) => ({ folder: `f${at}`, classes: [at], images: 1 })),
    };
    expect(matrixOf(many)).toBeUndefined();
    expect(
      confusionsOf(summary).map(({ folder, predicted, count }) => [folder, predicted.name, count]),
    ).toEqual([
      ['dogs', 'c3', 2],
      ['cats', 'c9', 1],
    ]);
  });
});

const images = new Map<string, ReportImage>();
let made = 0;
function panel(
  folder: string | undefined,
  predicted: number,
  probability: number,
  more: Partial<PredictionFacts> = {},
): Panel {
  const id = `i${made++}`;
  images.set(id, {
    id,
    file: id,
    ...(folder === undefined ? {} : { class: folder }),
    width: 8,
    height: 8,
    src: 'x',
  });
  const facts: PredictionFacts = {
    kind: 'single-label',
    predictions: [{ class: predicted, name: `c${predicted}`, probability, logit: 1 }],
    ...more,
  };
  return {
    image: id,
    layer: 'out',
    label: '',
    kind: 'image',
    src: 'x',
    width: 8,
    height: 8,
    range: [0, 1],
    facts: { ...facts },
  };
}
const expected = (of: number, probability: number, rank: number) => ({
  expected: [{ class: of, name: `c${of}`, probability, logit: 0, rank }],
});
const panels = [
  panel('cats', 3, 0.99, { ...expected(3, 0.99, 1), verdict: 'right', certainty: 'confident' }),
  panel('cats', 9, 0.4, { ...expected(3, 0.2, 2), verdict: 'wrong', certainty: 'unsure' }),
  panel('dogs', 3, 0.95, { ...expected(5, 0.01, 3), verdict: 'wrong', certainty: 'confident' }),
  panel('cats', 3, 0.6, { ...expected(3, 0.6, 1), verdict: 'right' }),
  panel('odd', 3, 0.7),
];
const view = { id: 'v', technique: 'predictions', settings: {}, facts: summary } as unknown as View;

describe('cards', () => {
  const { cards, choices, orders } = predictionCards(view, panels, images);

  it('begin with the surest mistakes, then the least sure others', () => {
    expect(cards.map((card) => panels.indexOf(card.panel))).toEqual([2, 1, 3, 4, 0]);
    expect(orders[0]).toEqual({ id: '', label: 'wrong ones first' });
  });

  it('are chosen by verdict, certainty, folder and predicted class', () => {
    expect(choices.map(({ name, options }) => [name, options.map(({ value }) => value)])).toEqual([
      ['show', ['right', 'wrong', 'confident-wrong', 'unsure', 'unlabelled']],
      ['class', ['cats', 'dogs', 'odd']],
      ['as', ['3', '4', '5', '9']],
    ]);
    const optionsOf = (at: number) => cards.find((card) => card.panel === panels[at])!.options;
    expect(optionsOf(2)).toEqual({ show: ['wrong', 'confident-wrong'], class: ['dogs'], as: ['3'] });
    expect(optionsOf(4)).toEqual({ show: ['unlabelled'], class: ['odd'], as: ['3'] });
  });

  it('say what the class would have been, and its rank', () => {
    expect(cards.map(({ note }) => note)).toEqual([
      'not c5 (3rd)',
      'not c3 (2nd)',
      undefined,
      'folder odd',
      undefined,
    ]);
  });
});

describe('the page of a class', () => {
  it('has a group for each cell of the matrix that it is in, under the id that the cell leads to', () => {
    const groups = classGroups(view, panels, 3, images);
    expect(
      groups.map(({ id, title, panels: shown }) => [id, title, shown.map((one) => panels.indexOf(one))]),
    ).toEqual([
      ['of-cats-as-3', 'cats, right', [0, 3]],
      ['of-cats-as-9', 'cats, taken for c9', [1]],
      ['of-dogs-as-3', 'dogs, taken for c3', [2]],
      [undefined, 'Images of no class', [4]],
    ]);
  });

  it('has different ids for two folders of one class', () => {
    expect(cellId('kittens of A', 9)).not.toBe(cellId('kittens of B', 9));
    expect(cellId('kittens of A', 9)).toMatch(/^[\w~-]+$/);
  });

  it('exists for the predicted class and the expected ones', () => {
    const { units } = presentationOf('predictions');
    expect(panels.map((one) => units!(one))).toEqual([[3], [9, 3], [3, 5], [3], [3]]);
    expect(units!(panel('cats', 1, 0.9, { kind: 'binary', ...expected(0, 0.1, 2) }))).toEqual([0]);
  });
});

describe('words', () => {
  it.each([
    [0, '0 %'],
    [1, '100 %'],
    [0.99999, '> 99.9 %'],
    [0.98213, '98.2 %'],
    [0.0021, '0.2 %'],
    [0.00001, '< 0.01 %'],
  ])('%f is %s', (share, text) => expect(formatShare(share)).toBe(text));

  it('number ranks', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal)).toEqual([
      ...['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '102nd', '111th'],
    ]);
  });

  it('state counts with shares, and what counts in no measure', () => {
    expect(summaryFacts(summary)).toContainEqual({ term: 'Accuracy', value: '57.1 % (4 of 7)' });
    expect(summaryNotes(summary, {})).toEqual([
      '1 image of no class of the network counts in no measure.',
      'No class of the network: odd.',
    ]);
    expect(summaryNotes({ ...summary, kind: 'scores', outputs: 1 }, {})).toEqual([
      'The network has one output, a score without a probability: nothing is right or wrong.',
    ]);
    expect(classSentence(summary, summary.classes[0]!)).toBe(
      '1 of its 2 images is right (recall 50 %). Predicted for 2 images (precision 50 %).',
    );
    expect(verdictNote({ kind: 'scores', predictions: [] }, 'cats')).toBe('folder cats');
  });
});
