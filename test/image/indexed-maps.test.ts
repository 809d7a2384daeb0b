import { describe, expect, it } from 'vitest';
import { colormap, colorsOf, indexMap, paintMap } from '../../src/image/colormap.ts';
import type { IndexedMap } from '../../src/image/colormap.ts';
import { indexColors } from '../../src/image/palette.ts';
import { composeIndexedSprites, composeSprites } from '../../src/image/sprite.ts';
import { randomFrom } from '../../src/random.ts';

const numbers = (name: string, count: number): Float32Array => {
  const random = randomFrom(name);
  return Float32Array.from({ length: count }, () => random() * 4 - 2);
};
const mapOf = (name: string, width: number, height: number) => ({
  ...{ width, height, data: numbers(name, width * height) },
});
const indexed = (name: string, width: number, height: number, map: string): IndexedMap =>
  indexMap(mapOf(name, width, height), colormap(map), [-1.5, 1.7])!;

describe('a map in places of a colormap', () => {
  it.each([
    [-2, 2],
    [-0.3, 0.4],
    [0, 0],
    [-1e-38, 1e38],
  ] as const)('has the colours of the painted map over %d to %d', (low, high) => {
    const map = mapOf('places', 37, 11);
    map.data.set([low, high, -0, 3e38, -3e38]);
    const lut = colormap('viridis');
    expect(colorsOf(indexMap(map, lut, [low, high])!)).toEqual(paintMap(map, lut, [low, high]));
  });

  it('is none where a value has the colour of no number', () => {
    const lut = colormap('grey');
    for (const [value, range] of [
      [NaN, [0, 1]],
      [Infinity, [1, 1]],
    ] as const) {
      const map = { width: 1, height: 2, data: Float32Array.of(1, value) };
      expect(indexMap(map, lut, range)).toBeUndefined();
    }
    const map = { width: 1, height: 2, data: Float32Array.of(-Infinity, Infinity) };
    expect([...indexMap(map, lut, [0, 1])!.places]).toEqual([0, 255]);
  });
});

describe('sprites with a palette', () => {
  it.each([
    ['viridis', 9, 40],
    ['grey', 5, 60],
    ['magma', 7, 60],
    ['diverging', 17, 200],
  ])('of %s are those whose colours are counted', (map, count, maxSide) => {
    const lut = colormap(map);
    const tiles = Array.from({ length: count }, (_, number) =>
      indexed(`${map} ${number}`, number === 1 ? 7 : 12, 9, map),
    );
    const { sprites, places } = composeIndexedSprites(tiles, lut, { maxSide })!;
    const counted = composeSprites(tiles.map(colorsOf), { maxSide });
    expect(places).toEqual(counted.places);
    expect(sprites).toEqual(counted.sprites.map((sprite) => indexColors(sprite, { order: lut })));
  });

  it('are none where black is a colour too many', () => {
    const lut = Uint8Array.from({ length: 768 }, (_, at) => (at % 3 === 0 ? 255 : Math.floor(at / 3)));
    const all = { width: 16, height: 16, places: Uint8Array.from({ length: 256 }, (_, at) => at), lut };
    expect(composeIndexedSprites([all, all], lut)).toBeDefined();
    expect(composeIndexedSprites([all, all, all], lut)).toBeUndefined();
  });
});
