import { describe, expect, it } from 'vitest';
import { packPanels, readPack, writePack } from '../../src/pipeline/pack.ts';
import type { RawPanel } from '../../src/techniques/technique.ts';

const panel = (data: Float32Array, extra: Partial<RawPanel> = {}): RawPanel => ({
  ...{ filter: 5, height: 2, width: data.length / 2, channels: 1, data },
  range: [Math.min(...data), Math.max(...data)],
  ...extra,
});

function roundTrip(panels: RawPanel[], maxSide = 1000) {
  const { panels: packed, payload } = packPanels(panels, maxSide);
  const pack = readPack(writePack({ panels: packed, values: [] }, payload));
  if (!pack) throw new Error('not readable');
  return pack;
}

describe('packed panels', () => {
  it('come back within a 65,534th of their range, ends exactly', () => {
    const data = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * 1.7) * 1e3 - 17);
    const pack = roundTrip([panel(data), panel(data.map((value) => value / 1e7))]);
    for (const [index, factor] of [1, 1e-7].entries()) {
      const stored = pack.header.panels[index]!;
      const back = pack.data(stored);
      const step = ((Math.max(...data) - Math.min(...data)) * factor) / 65534;
      for (const [i, value] of back.entries()) {
        expect(Math.abs(value - data[i]! * factor)).toBeLessThanOrEqual(step * 0.51 + Math.abs(value) * 1e-7);
      }
    }
  });

  it('keep what is not a number apart, and the range of the rest', () => {
    const data = Float32Array.from([1, NaN, 3, Infinity]);
    const pack = roundTrip([panel(data, { range: [1, 3] })]);
    expect([...pack.data(pack.header.panels[0]!)]).toEqual([1, NaN, 3, NaN]);
    expect(pack.header.panels[0]!.range).toEqual([1, 3]);
  });

  it('say null for the range of a map without any number', () => {
    const pack = roundTrip([panel(Float32Array.from([NaN, NaN]), { range: [NaN, NaN] })]);
    expect(pack.header.panels[0]!.range).toEqual([null, null]);
    expect([...pack.data(pack.header.panels[0]!)]).toEqual([NaN, NaN]);
  });

  it('hold constant maps without dividing by their range', () => {
    const pack = roundTrip([panel(Float32Array.from([4, 4, 4, 4]))]);
    expect([...pack.data(pack.header.panels[0]!)]).toEqual([4, 4, 4, 4]);
  });

  it('are averaged down to the longest side allowed, and remember their full size and range', () => {
    const data = Float32Array.from([0, 8, 4, 4, 0, 8, 4, 4]);
    const pack = roundTrip([panel(data, { height: 2, width: 4 })], 2);
    const stored = pack.header.panels[0]!;
    expect(stored).toMatchObject({ height: 1, width: 2, fullHeight: 2, fullWidth: 4, range: [0, 8] });
    expect([...pack.data(stored)]).toEqual([4, 4]);
  });

  it('cut short or of another kind are not taken for a result', () => {
    const { panels, payload } = packPanels([panel(Float32Array.from([1, 2, 3, 4]))], 100);
    const bytes = writePack({ panels, values: [] }, payload);
    expect(readPack(bytes.subarray(0, bytes.length - 1))).toBeUndefined();
    expect(readPack(bytes.subarray(0, 20))).toBeUndefined();
    expect(readPack(Buffer.alloc(0))).toBeUndefined();
    expect(readPack(Buffer.from('something else entirely, with some length'))).toBeUndefined();
  });
});
