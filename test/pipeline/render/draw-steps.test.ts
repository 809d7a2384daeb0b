import { describe, expect, it } from 'vitest';
import { colormap, indexMap } from '../../../src/image/colormap.ts';
import { gridOfSteps, indexSteps, isPlain } from '../../../src/pipeline/render/draw-steps.ts';
import { gridOf } from '../../../src/pipeline/render/value-grids.ts';
import { encodePanels } from '../../../src/pipeline/results/encode-panels.ts';
import { numbersIn } from '../../../src/pipeline/results/stored-job.ts';
import { measure } from '../../../src/techniques/maps.ts';
import type { Display } from '../../../src/techniques/technique.ts';

/** A map as it is stored, of some values out of all proportion to the others. */
function stored(width: number, height: number, change: (data: Float32Array) => void = () => {}) {
  const data = Float32Array.from(
    { length: width * height },
    (_, at) => Math.sin(at * 2.3) * 3 + (at % 11) / 7,
  );
  change(data);
  const { panels, payload } = encodePanels(
    [{ kind: 'map', width, height, channels: 1, data, range: measure(data).range }],
    1000,
  );
  return { panel: panels[0]!, numbers: numbersIn(payload) };
}
const lut = colormap('magma');

describe('maps drawn from their steps', () => {
  it.each([
    ['its own', undefined],
    ['a wider', [-9, 20]],
    ['a narrower', [-0.5, 1.25]],
    ['no', [2, 2]],
  ] as const)('have the places that their numbers have, over %s range', (_, range) => {
    const { panel, numbers } = stored(48, 32);
    const over = range ?? panel.scale;
    const places = indexSteps(panel, numbers.steps(panel), lut, over);
    expect(places).toEqual(indexMap({ ...panel, data: numbers.of(panel) }, lut, over));
  });

  it('have the places of zeros', () => {
    const { panel, numbers } = stored(4, 4, (data) => data.fill(0));
    expect([...indexSteps(panel, numbers.steps(panel), lut, panel.scale)!.places]).toEqual(Array(16).fill(0));
  });

  it('are none where a value is not finite', () => {
    const { panel, numbers } = stored(48, 32, (data) => (data[1000] = NaN));
    expect(indexSteps(panel, numbers.steps(panel), lut, panel.scale)).toBeUndefined();
    expect(gridOfSteps(panel, numbers.steps(panel))).toBeUndefined();
  });

  it.each([
    [128, 128],
    [48, 36],
    [16, 16],
    [1, 1],
  ])('%d x %d have the grids that their numbers have', (width, height) => {
    const { panel, numbers } = stored(width, height);
    const [grid, expected] = [gridOfSteps(panel, numbers.steps(panel))!, gridOf(panel, numbers.of(panel))];
    expect([grid.rows, grid.columns]).toEqual([expected.rows, expected.columns]);
    for (const end of [0, 1] as const) expect(grid.range[end]).toBeCloseTo(expected.range[end], 5);
    for (const [at, byte] of grid.bytes.entries())
      expect(Math.abs(byte - expected.bytes[at]!)).toBeLessThanOrEqual(1);
  });

  it('are none where cells have parts of values', () => {
    const { panel, numbers } = stored(37, 32);
    expect(gridOfSteps(panel, numbers.steps(panel))).toBeUndefined();
  });

  it('are those whose colours follow from single values', () => {
    const display: Display = {
      ...{ label: '', style: 'heatmap', levels: 7, colormap: 'viridis', normalize: 'panel' },
    };
    expect(isPlain(display)).toBe(true);
    for (const other of [
      { style: 'contour' },
      { overlay: 'image' },
      { magnitude: true },
      { saturate: 0.1 },
    ] as const)
      expect(isPlain({ ...display, ...other })).toBe(false);
  });
});
