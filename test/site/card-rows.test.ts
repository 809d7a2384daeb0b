import { describe, expect, it } from 'vitest';
import { chooseRows, readRows, formatFigure, writeRows, type CardRow } from '../../src/site/card-rows.ts';

const row = (title: string, more: Partial<CardRow> = {}): CardRow => ({
  ...{
    slug: 'a',
    sheet: 0,
    x: 1,
    y: 2,
    title,
    lines: [],
    note: -1,
    mark: '',
    choices: [[], []],
    values: [0],
  },
  ...more,
});

describe('rows of cards', () => {
  it('come back as they were written', () => {
    const rows = [
      row('<b>"x"</b> & שלום', {
        lines: [
          { text: 3, figure: 985 },
          { text: 0, figure: '−2.4' },
          { text: 1, figure: '' },
        ],
        ...{ mark: 'wrong', note: 4, choices: [[0, 2], [1]], values: [0.5, -1] },
      }),
      row('b', { values: [1, 2] }),
    ];
    expect(readRows(writeRows(rows), 2)).toEqual(rows);
    expect(readRows('', 2)).toEqual([]);
  });

  it('keep to one line each, whatever a name holds', () => {
    const [read, ...others] = readRows(writeRows([row('a\tb\nc\r\nd')]), 2);
    expect(others).toEqual([]);
    expect(read!.title).toBe('a b c d');
  });

  it('are those that all choices have, in an order or as they came', () => {
    const rows = [
      row('a', { choices: [[0], [1]], values: [3, 1] }),
      row('b', { choices: [[0, 1], []], values: [1, 2] }),
      row('c', { choices: [[0], [1]], values: [2, 3] }),
    ];
    const titles = (...of: [readonly (number | undefined)[], { at: number; down: boolean }?]): string =>
      chooseRows(rows, of[0], of[1])
        .map(({ title }) => title)
        .join('');
    expect(titles([undefined, undefined])).toBe('abc');
    expect(titles([0, 1])).toBe('ac');
    expect(titles([1, 1])).toBe('');
    expect(titles([undefined, undefined], { at: 0, down: false })).toBe('bca');
    expect(titles([0, undefined], { at: 1, down: true })).toBe('cba');
  });
});

it('figures are never rounded to all or none', () => {
  expect([0, 1, 985, 999, 1000, 'x'].map(formatFigure)).toEqual([
    ...['< 0.1 %', '0.1 %', '98.5 %', '99.9 %', '> 99.9 %', 'x'],
  ]);
});
