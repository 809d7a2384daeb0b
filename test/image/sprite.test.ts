import { describe, expect, it } from 'vitest';
import type { Bitmap } from '../../src/image/bitmap.ts';
import { composeSprites } from '../../src/image/sprite.ts';

/** A tile of which every byte tells which tile, and where in it, it comes from. */
const tile = (number: number, width: number, height: number): Bitmap => ({
  width,
  height,
  rgb: Uint8Array.from({ length: width * height * 3 }, (_, index) => (number * 37 + index) % 256),
});
const at = ({ rgb, width }: Bitmap, x: number, y: number) => [
  ...rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

describe('composeSprites', () => {
  it.each([1, 2, 5, 16, 17, 64])('gives every one of %d tiles back where it says', (count) => {
    const tiles = Array.from({ length: count }, (_, number) => tile(number, 6, 4));
    const { sprites, places } = composeSprites(tiles);
    expect(sprites).toHaveLength(1);
    places.forEach(({ sprite, crop }, number) => {
      expect(crop).toMatchObject({ width: 6, height: 4 });
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 6; x++) {
          expect(at(sprites[sprite]!, crop.x + x, crop.y + y)).toEqual(at(tiles[number]!, x, y));
        }
      }
    });
  });

  it('is nearly square, whatever the shape of the tiles', () => {
    for (const [width, height] of [
      [8, 8],
      [40, 10],
      [5, 50],
    ] as const) {
      const [sprite] = composeSprites(
        Array.from({ length: 60 }, (_, number) => tile(number, width, height)),
      ).sprites;
      const ratio = sprite!.width / sprite!.height;
      expect(ratio).toBeGreaterThan(0.6);
      expect(ratio).toBeLessThan(1.7);
    }
  });

  it('repeats the outermost pixels around each tile, corners too', () => {
    const { sprites, places } = composeSprites([tile(0, 3, 3), tile(1, 3, 3)], { columns: 2 });
    const second = tile(1, 3, 3);
    const { x, y } = places[1]!.crop;
    expect(at(sprites[0]!, x - 1, y + 1)).toEqual(at(second, 0, 1));
    expect(at(sprites[0]!, x + 3, y)).toEqual(at(second, 2, 0));
    expect(at(sprites[0]!, x + 1, y + 3)).toEqual(at(second, 1, 2));
    expect(at(sprites[0]!, x - 1, y - 1)).toEqual(at(second, 0, 0));
    expect(at(sprites[0]!, x + 3, y + 3)).toEqual(at(second, 2, 2));
  });

  it('starts another sprite rather than exceed the limit', () => {
    const tiles = Array.from({ length: 23 }, (_, number) => tile(number, 10, 8));
    const { sprites, places } = composeSprites(tiles, { maxSide: 40 });
    expect(sprites).toHaveLength(2); // Cells of 12 x 10: three by four fit.
    for (const { width, height } of sprites) expect(Math.max(width, height)).toBeLessThanOrEqual(40);
    expect(new Set(places.map(({ sprite, crop }) => `${sprite} ${crop.x} ${crop.y}`)).size).toBe(23);
    expect(at(sprites[1]!, places[22]!.crop.x + 4, places[22]!.crop.y + 4)).toEqual(at(tiles[22]!, 4, 4));
  });

  it('keeps the number of columns asked for', () => {
    const { places } = composeSprites(
      Array.from({ length: 7 }, (_, number) => tile(number, 4, 4)),
      { columns: 3 },
    );
    expect(new Set(places.map(({ crop }) => crop.x)).size).toBe(3);
  });

  it('takes tiles of several sizes, and none', () => {
    const tiles = [tile(0, 3, 9), tile(1, 7, 2)];
    const { sprites, places } = composeSprites(tiles);
    places.forEach(({ crop }, number) =>
      expect(at(sprites[0]!, crop.x, crop.y)).toEqual(at(tiles[number]!, 0, 0)),
    );
    expect(composeSprites([])).toEqual({ sprites: [], places: [] });
  });

  it('says when a single tile is too large', () => {
    expect(() => composeSprites([tile(0, 50, 2)], { maxSide: 40 })).toThrow('a tile of 50 x 2 exceeds 40');
  });
});
