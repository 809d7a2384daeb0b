import { expect, it } from 'vitest';
import { shareFields, spreadFields } from '../../../src/pipeline/results/shared-fields.ts';

it('states once what all have in common, and gives it back', () => {
  const items = [
    { kind: 'map', filter: 0, width: 8, flags: [] },
    { kind: 'map', filter: 1, width: 8, flags: ['silent'], facts: { a: 1 } },
    { kind: 'map', filter: 2, width: 8, flags: [] },
  ];
  const shared = shareFields(items);
  expect(shared.shared).toEqual({ kind: 'map', width: 8 });
  expect(shared.each[1]).toEqual({ filter: 1, flags: ['silent'], facts: { a: 1 } });
  expect(spreadFields(shared)).toEqual(items);
});

it('takes nothing out that one of them lacks', () => {
  const items = [{ filter: 1, image: 0 }, { image: 0 }];
  expect(shareFields(items).shared).toEqual({ image: 0 });
  expect(spreadFields(shareFields(items))).toEqual(items);
  expect(spreadFields(shareFields([]))).toEqual([]);
});
