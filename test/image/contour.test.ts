import { contours } from 'd3-contour';
import { describe, expect, it } from 'vitest';
import { colormap, NAN_COLOR } from '../../src/image/colormap.ts';
import { paintContours } from '../../src/image/contour.ts';
import { contourLevels } from '../../src/image/levels.ts';

const viridis = colormap('viridis');
const make = (size: number, at: (x: number, y: number) => number) => ({
  data: Float32Array.from({ length: size * size }, (_, index) => at(index % size, Math.floor(index / size))),
  height: size,
  width: size,
});
const pixel = ({ rgb, width }: { rgb: Uint8Array; width: number }, x: number, y: number) => [
  ...rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const distinct = ({ rgb }: { rgb: Uint8Array }) =>
  new Set(
    Array.from({ length: rgb.length / 3 }, (_, index) => rgb.subarray(index * 3, index * 3 + 3).join()),
  );

describe('paintContours', () => {
  it('has the colours of matplotlib, low to high', () => {
    // matplotlib 3.11.2: plt.contourf(np.array([[0, 1], [2, 3]]), levels=7).get_facecolors() * 255; levels 0, 0.4 .. 3.2
    const expected = [
      [72, 24, 106], [66, 64, 134], [51, 99, 141], [38, 130, 142], [31, 160, 136], [63, 188, 115], [132, 212, 75], [216, 226, 25],
    ]; // prettier-ignore
    const ramp = { data: Float32Array.from({ length: 33 }, (_, index) => index / 10), height: 1, width: 33 };
    const painted = paintContours(ramp, viridis, [0, 3], 7, { width: 330, height: 1 });
    // The middles of the bands: 0.2, 0.6, …
    expected.forEach((color, band) => expect(pixel(painted, (0.4 * band + 0.2) * 100 + 5, 0)).toEqual(color));
  });

  it('covers the areas that the polygons of d3-contour cover', () => {
    const size = 24;
    const map = make(size, (x, y) => Math.sin(x / 4) * Math.cos(y / 5) + x / 30);
    const low = Math.min(...map.data);
    const high = Math.max(...map.data);
    const levels = contourLevels([low, high], 7);
    const scale = 16;
    const painted = paintContours(map, viridis, [low, high], 7, {
      width: size * scale,
      height: size * scale,
    });
    const polygons = contours().size([size, size]).thresholds(levels)(Array.from(map.data));
    levels.slice(1, -1).forEach((_, index) => {
      // Luma of viridis rises with the value: count the pixels at or above the level by their colour.
      const at = Math.floor(((index + 1.5) / (levels.length - 1)) * 256) * 3;
      const least = luma(viridis.subarray(at, at + 3)) - 1;
      let above = 0;
      for (let byte = 0; byte < painted.rgb.length; byte += 3) {
        if (luma(painted.rgb.subarray(byte, byte + 3)) >= least) above++;
      }
      const expected = Math.abs(area(polygons[index + 1]!.coordinates));
      // d3 rounds the map's corners off, and edges are half counted.
      expect(Math.abs(above / scale ** 2 - expected)).toBeLessThan(0.02 * size * size);
    });
  });

  it('lets y grow downwards', () => {
    const painted = paintContours(
      make(8, (_, y) => y),
      viridis,
      [0, 7],
      7,
      { width: 32, height: 32 },
    );
    expect(luma(pixel(painted, 5, 1))).toBeLessThan(luma(pixel(painted, 5, 30)) - 100);
  });

  it('draws a small map smoothly: neighbouring pixels along an edge differ by shades, not by bands', () => {
    const size = { width: 192, height: 192 };
    const painted = paintContours(
      make(16, (x, y) => Math.hypot(x - 7, y - 8)),
      viridis,
      [0, 11],
      3,
      size,
    );
    expect(distinct(painted).size).toBeGreaterThan(15);
  });

  it('paints a constant map in the lowest colour', () => {
    for (const value of [0, 5, -3]) {
      const painted = paintContours(
        make(4, () => value),
        viridis,
        [value, value],
        7,
        { width: 9, height: 9 },
      );
      expect([...distinct(painted)]).toEqual(['68,1,84']);
    }
  });

  it('marks the surroundings of what is not finite', () => {
    const size = { width: 90, height: 90 };
    const painted = paintContours(
      make(9, (x, y) => (x === 4 && y === 4 ? NaN : x)),
      viridis,
      [0, 8],
      7,
      size,
    );
    expect(pixel(painted, 45, 45)).toEqual([...NAN_COLOR]);
    expect(pixel(painted, 5, 5)).not.toEqual([...NAN_COLOR]);
    const none = paintContours(
      make(3, () => NaN),
      viridis,
      [NaN, NaN],
      7,
      { width: 3, height: 3 },
    );
    expect([...distinct(none)]).toEqual([NAN_COLOR.join()]);
  });

  it('gives values beyond the range the outermost bands', () => {
    const beyond = paintContours(
      make(2, (x) => (x ? 99 : -99)),
      viridis,
      [0, 3],
      7,
      { width: 40, height: 2 },
    );
    expect(pixel(beyond, 0, 0)).toEqual([72, 24, 106]);
    expect(pixel(beyond, 39, 1)).toEqual([216, 226, 25]);
  });
});

function luma(color: ArrayLike<number>): number {
  return 0.3 * color[0]! + 0.59 * color[1]! + 0.11 * color[2]!;
}

/** Shoelace formula over all rings; holes turn the other way. */
function area(coordinates: number[][][][]): number {
  let sum = 0;
  for (const ring of coordinates.flat()) {
    ring.slice(1).forEach(([x, y], index) => {
      const [before, above] = ring[index]!;
      sum += before! * y! - x! * above!;
    });
  }
  return sum / 2;
}
