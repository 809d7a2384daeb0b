import { describe, expect, it } from 'vitest';
import { colormap, colorsOf, indexMap, paintMap } from '../../src/image/colormap.ts';
import type { IndexedMap } from '../../src/image/colormap.ts';
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
    ['diverging', 17, 200],
  ])('of %s have the pixels of those in colours, and the lowest colour between', (map, count, maxSide) => {
    const lut = colormap(map);
    const tiles = Array.from({ length: count }, (_, number) =>
      indexed(`${map} ${number}`, number === 1 ? 7 : 12, 9, map),
    );
    const { sprites, places } = composeIndexedSprites(tiles, lut, { maxSide });
    const colored = composeSprites(tiles.map(colorsOf), { maxSide });
    expect(places).toEqual(colored.places);
    const lowest = [...lut.subarray(0, 3)];
    for (const [number, { width, height, pixels, palette }] of sprites.entries()) {
      expect(palette).toEqual(lut);
      const { rgb } = colorsOf({ width, height, places: pixels, lut });
      const sprite = colored.sprites[number]!;
      expect([width, height]).toEqual([sprite.width, sprite.height]);
      const covered = new Set(
        places.flatMap(({ sprite: of, crop: { x, y, width: across, height: down } }) =>
          of !== number
            ? []
            : Array.from({ length: (across + 2) * (down + 2) }, (_, at) => {
                const [row, column] = [Math.floor(at / (across + 2)), at % (across + 2)];
                return (y - 1 + row) * width + x - 1 + column;
              }),
        ),
      );
      for (let at = 0; at < width * height; at++) {
        const color = [...rgb.subarray(at * 3, at * 3 + 3)];
        expect(color).toEqual(covered.has(at) ? [...sprite.rgb.subarray(at * 3, at * 3 + 3)] : lowest);
      }
    }
  });
});
