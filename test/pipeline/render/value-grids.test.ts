import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { cellsAlong, gridOf, valueScript } from '../../../src/pipeline/render/value-grids.ts';
import type { StoredPanel } from '../../../src/pipeline/results/stored-job.ts';
import { formatValue, meanPhrase, readGrids, valueAt } from '../../../src/site/viewer/value-grids.ts';
import type { ValueScript } from '../../../src/site/viewer/value-grids.ts';

const panel = (width: number, height: number, more: Partial<StoredPanel> = {}): StoredPanel => ({
  ...{ kind: 'map', width, height, channels: 1, fullWidth: width, fullHeight: height },
  ...{ range: [0, 1], scale: [0, 1], flags: [], offset: 0 },
  ...more,
});

const ramp = (width: number, height: number): Float32Array =>
  Float32Array.from({ length: width * height }, (_, at) => Math.sin(at) * 3 + (at % width));

/** As a page runs it. */
async function read(script: string) {
  const window: { filterscopeValues?: Record<string, ValueScript> } = {};
  runInNewContext(script, { window, document: { currentScript: { src: 'file:///a/assets/x.js' } } });
  return readGrids(window.filterscopeValues!['x.js']!);
}

const mapOf = (panel: StoredPanel, data: Float32Array, drawn: readonly [number, number]) => ({
  ...{ panel, grid: gridOf(panel, data), drawn },
});

describe('values of maps for pages', () => {
  it.each([
    [1, 1],
    [32, 32],
    [33, 11],
    [48, 16],
    [56, 14],
    [224, 16],
    [37, 16],
  ])('a side of %i values has %i cells', (side, cells) => expect(cellsAlong(side)).toBe(cells));

  it('are the values themselves of small maps, to half a step', async () => {
    const data = ramp(7, 5);
    const script = (await valueScript([mapOf(panel(7, 5), data, [-3, 9])]))!;
    const [grid] = await read(script);
    expect(grid).toMatchObject({ rows: 5, columns: 7, height: 5, width: 7, drawn: [-3, 9] });
    for (let at = 0; at < data.length; at++) {
      const { value, step, rows } = valueAt(grid!, Math.floor(at / 7), at % 7);
      expect(Math.abs(value - data[at]!)).toBeLessThanOrEqual(step / 2 + 1e-6);
      expect(rows).toBe(1);
      const decimals = formatValue({ value, step, rows, columns: 1 }).split('.')[1]!.length;
      const shown = Number(formatValue({ value, step, rows, columns: 1 }).replace('−', '-'));
      expect(Math.abs(shown - data[at]!)).toBeLessThanOrEqual(10 ** -decimals);
    }
  });

  it('are means of larger ones, each of what lies under its cell', () => {
    const data = ramp(48, 36);
    const { rows, columns, bytes, range } = gridOf(panel(48, 36), data);
    expect([rows, columns]).toEqual([12, 16]);
    const mean =
      [0, 1, 2].flatMap((y) => [0, 1, 2].map((x) => data[y * 48 + x]!)).reduce((a, b) => a + b) / 9;
    expect(range[0] + (bytes[0]! * (range[1] - range[0])) / 254).toBeCloseTo(mean, 1);
    const grid = { rows, columns, height: 36, width: 48, range, drawn: range, cells: bytes };
    expect(meanPhrase(valueAt(grid, 0, 0))).toBe('mean of 3 × 3 values');
    expect(valueAt(grid, 2, 2)).toEqual(valueAt(grid, 0, 0));
    expect(valueAt(grid, 35, 47).value).not.toBeNaN();
  });

  it('keep their places beside panels that have none, and say what is not a number', async () => {
    const odd = Float32Array.from([1, NaN, 3, 2]);
    const script = (await valueScript([
      { panel: panel(9, 9, { kind: 'image', channels: 3 }) },
      mapOf(panel(2, 2), odd, [0, 3]),
      mapOf(panel(2, 2), new Float32Array(4), [0, 1]),
    ]))!;
    const grids = await read(script);
    expect(grids[0]).toBeUndefined();
    expect([...Array(4).keys()].map((at) => valueAt(grids[1]!, at >> 1, at & 1).value)).toEqual([
      1,
      NaN,
      3,
      expect.closeTo(2, 2),
    ]);
    expect(valueAt(grids[2]!, 1, 1)).toMatchObject({ value: 0, step: 0 });
    expect(await valueScript([{ panel: panel(9, 9, { kind: 'image' }) }])).toBeUndefined();
  });
});
