import { describe, expect, it } from 'vitest';
import type { Panel, Report, View } from '../../src/schema/report.ts';
import { chooseShowpiece } from '../../src/site/showpiece.ts';

const panel = (filter: number, flags: string[] = []): Panel =>
  ({
    layer: 'a',
    filter,
    range: [0, 1],
    flags,
    facts: { patches: [{ at: { x: 0, y: 0, width: 1, height: 1 } }] },
  }) as unknown as Panel;
const view = (id: string, technique: string, count: number): View =>
  ({ id, technique, panels: Array.from({ length: count }, (_, filter) => panel(filter)) }) as unknown as View;
const report = (...views: View[]): Report => ({ model: { name: 'net' }, views }) as unknown as Report;

describe('the figure of the first page', () => {
  it('is of the view that is understood best, and of the fullest of these', () => {
    const reports = [
      report(view('maps', 'feature-maps', 9), view('patches', 'top-patches', 9)),
      report(view('few', 'activation-maximization', 3), view('many', 'activation-maximization', 12)),
    ];
    const chosen = chooseShowpiece(reports)!;
    expect(chosen.view.id).toBe('many');
    expect(chosen.panels.map(({ filter }) => filter)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(chosen.caption).toContain('net');
    expect(chooseShowpiece(reports.slice(0, 1))!.view.id).toBe('patches');
  });

  it('is absent where no view is fit for it', () => {
    expect(
      chooseShowpiece([report(view('maps', 'feature-maps', 9), view('two', 'top-patches', 2))]),
    ).toBeUndefined();
    const dead = {
      ...view('x', 'activation-maximization', 0),
      panels: [0, 1, 2].map((at) => panel(at, ['dead'])),
    };
    expect(chooseShowpiece([report(dead)])).toBeUndefined();
  });
});
