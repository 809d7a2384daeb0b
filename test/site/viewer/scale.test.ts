import { describe, expect, it } from 'vitest';
import { colormap } from '../../../src/image/colormap.ts';
import { joined, movedPlaces, readTable } from '../../../src/site/viewer/scale.ts';

const tableOf = (name: string) => readTable(Buffer.from(colormap(name)).toString('base64'));

describe('colours of one scale in those of another', () => {
  it.each(['viridis', 'magma', 'inferno', 'plasma', 'cividis', 'grey'])(
    '%s: tells places by a sum of the colours',
    (name) => {
      const { colors, parts, upper } = tableOf(name)!;
      expect(upper).toBeUndefined();
      const [{ row, places }] = parts;
      for (let at = 0; at < 256; at++) {
        const [red, green, blue] = [0, 1, 2].map((part) => colors[3 * at + part]! / 255) as [
          number,
          number,
          number,
        ];
        const grey = row[0] * red + row[1] * green + row[2] * blue + row[4];
        // As the browser rounds it.
        const level = Math.min(255, Math.max(0, Math.round(grey * 255)));
        expect(Math.abs(places[level]! - at)).toBeLessThanOrEqual(4);
      }
    },
  );

  it('tells places of a diverging table by a sum for each half, and its halves by a sign', () => {
    const { colors, parts, upper } = tableOf('diverging')!;
    const [low, high] = parts;
    for (let at = 0; at < 256; at++) {
      const color = [0, 1, 2].map((part) => colors[3 * at + part]! / 255);
      const sum = ([red, green, blue, , bias]: readonly number[]) =>
        Math.min(1, Math.max(0, red! * color[0]! + green! * color[1]! + blue! * color[2]! + bias!));
      if (Math.abs(at - 127.5) > 6) expect(Math.round(sum(upper!))).toBe(at < 128 ? 0 : 1);
      const { row, places } = at < 128 ? low : high!;
      expect(Math.abs(places[Math.round(sum(row) * 255)]! - at)).toBeLessThanOrEqual(4);
    }
  });

  it('has none for colours that come twice', () => {
    const there = Uint8Array.from({ length: 768 }, (_, at) => Math.floor(at / 3) % 128);
    expect(readTable(Buffer.from(there).toString('base64'))).toBeUndefined();
  });

  it('moves values to where they are on the wider scale', () => {
    const places = movedPlaces([0, 2], [-2, 6]);
    expect([places[0], places[128], places[255]]).toEqual([64, 96, 127]);
    expect(
      joined([
        [0, 2],
        [-2, 1],
        [3, 6],
      ]),
    ).toEqual([-2, 6]);
    expect([...movedPlaces([1, 1], [1, 1])].every((place) => place === 0)).toBe(true);
  });
});
