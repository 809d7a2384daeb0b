import { mkdtemp, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodePanels } from '../../../src/pipeline/results/encode-panels.ts';
import { isStored, readNumbers, readJob, writeJob } from '../../../src/pipeline/results/stored-job.ts';
import { measure, planesOf } from '../../../src/techniques/maps.ts';
import { LostEntryError, openStore } from '../../../src/store/store.ts';
import type { Store } from '../../../src/store/store.ts';
import type { ComputedPanel } from '../../../src/techniques/technique.ts';

const panel = (data: Float32Array, extra: Partial<ComputedPanel> = {}): ComputedPanel => ({
  ...{ kind: 'map', filter: 5, height: 2, width: data.length / 2, channels: 1, data },
  range: [Math.min(...data), Math.max(...data)],
  ...extra,
});

let store: Store;
beforeEach(async () => (store = openStore(await mkdtemp(join(tmpdir(), 'filterscope-pack-')))));

async function keep(panels: ComputedPanel[], maxSide = 1000): Promise<void> {
  const packed = encodePanels(panels, maxSide);
  await writeJob(store, 'a', { panels: packed.panels, values: [] }, packed.payload);
}

async function roundTrip(panels: ComputedPanel[], maxSide?: number) {
  await keep(panels, maxSide);
  return { header: await readJob(store, 'a'), data: (await readNumbers(store, 'a')).of };
}

describe('packed panels', () => {
  it('come back within a 65,534th of their range, ends exactly', async () => {
    const data = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * 1.7) * 1e3 - 17);
    const pack = await roundTrip([panel(data), panel(data.map((value) => value / 1e7))]);
    for (const [index, factor] of [1, 1e-7].entries()) {
      const stored = pack.header.panels[index]!;
      const back = pack.data(stored);
      const step = ((Math.max(...data) - Math.min(...data)) * factor) / 65534;
      for (const [i, value] of back.entries()) {
        expect(Math.abs(value - data[i]! * factor)).toBeLessThanOrEqual(step * 0.51 + Math.abs(value) * 1e-7);
      }
    }
  });

  it('keep what is not a number apart, and the range of the rest', async () => {
    const data = Float32Array.from([1, NaN, 3, Infinity]);
    const pack = await roundTrip([panel(data, { range: [1, 3] })]);
    expect([...pack.data(pack.header.panels[0]!)]).toEqual([1, NaN, 3, NaN]);
    expect(pack.header.panels[0]!.range).toEqual([1, 3]);
  });

  it.each([
    ['whole', 12],
    ['halved', 6],
    ['smaller by a broken factor', 5],
  ])('are the same where they are channels of one array, %s', (_, maxSide) => {
    const [height, width, channels] = [12, 10, 4];
    const data = Float32Array.from({ length: height * width * channels }, (_, at) =>
      at % channels === 2 && at % 7 === 0 ? NaN : at % channels === 3 ? 0 : Math.sin(at * 1.7) * 100,
    );
    const apart = planesOf(data, channels).map((plane, filter) => {
      const { range, flags } = measure(plane);
      return panel(plane, { height, width, filter, range, flags: flags! });
    });
    const together = apart.map((each, channel) => ({ ...each, data, channelOf: { channels, channel } }));
    expect(encodePanels(together, maxSide)).toEqual(encodePanels(apart, maxSide));
    // Some of them, and others between.
    const some = [2, 0, 1].flatMap((channel) => [together[channel]!, apart[3]!]);
    expect(encodePanels(some, maxSide)).toEqual(
      encodePanels(
        [2, 0, 1].flatMap((channel) => [apart[channel]!, apart[3]!]),
        maxSide,
      ),
    );
    expect(encodePanels([together[1]!, together[3]!], maxSide)).toEqual(
      encodePanels([apart[1]!, apart[3]!], maxSide),
    );
  });

  it('say null for the range of a map without any number', async () => {
    const pack = await roundTrip([panel(Float32Array.from([NaN, NaN]), { range: [NaN, NaN] })]);
    expect(pack.header.panels[0]!.range).toEqual([null, null]);
    expect([...pack.data(pack.header.panels[0]!)]).toEqual([NaN, NaN]);
  });

  it('hold constant maps without dividing by their range', async () => {
    const pack = await roundTrip([panel(Float32Array.from([4, 4, 4, 4]))]);
    expect([...pack.data(pack.header.panels[0]!)]).toEqual([4, 4, 4, 4]);
  });

  it('are averaged down to the longest side allowed, and remember their full size and range', async () => {
    const data = Float32Array.from([0, 8, 4, 4, 0, 8, 4, 4]);
    const pack = await roundTrip([panel(data, { height: 2, width: 4 })], 2);
    const stored = pack.header.panels[0]!;
    expect(stored).toMatchObject({ height: 1, width: 2, fullHeight: 2, fullWidth: 4, range: [0, 8] });
    expect([...pack.data(stored)]).toEqual([4, 4]);
  });

  it('cut short or without one of the two files are not taken for a result', async () => {
    await keep([panel(Float32Array.from([1, 2, 3, 4]))]);
    expect(await isStored(store, 'a', false)).toBe(true);
    await truncate(join(store.folder, 'raw/a.bin'), 20);
    expect(await isStored(store, 'a', false)).toBe(false);
    await expect(readNumbers(store, 'a')).rejects.toThrow(LostEntryError);
    expect(await isStored(store, 'b', false)).toBe(false);
    await expect(readJob(store, 'b')).rejects.toThrow(LostEntryError);
  });
});
