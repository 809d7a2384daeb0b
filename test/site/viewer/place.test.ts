import { describe, expect, it } from 'vitest';
import { placingOf } from '../../../src/model/placing.ts';
import { clipped, mapRect, receptiveField } from '../../../src/site/viewer/place.ts';

const field = { size: [7, 5], stride: [4, 2], offset: [-3, -1] } as const;
const image = { width: 64, height: 48 };

describe('where values stand in an image', () => {
  it('lays maps where overlays of the pipeline do', () => {
    const map = { width: 30, height: 12 };
    const { first, step } = placingOf(
      { receptiveField: { size: [7, 5], stride: [4, 2], offset: [-3, -1] } },
      { ...map, fullWidth: map.width, fullHeight: map.height },
    )!;
    const rect = mapRect(field, map, image);
    // There the middle of the first value as the index of a pixel; here edges.
    expect([rect.y + step[0] / 2 - 0.5, rect.x + step[1] / 2 - 0.5]).toEqual(first);
    expect([rect.height / map.height, rect.width / map.width]).toEqual(step);
  });

  it('covers the image where each value sees all of it', () => {
    expect(mapRect(undefined, { width: 1, height: 1 }, image)).toEqual({ x: 0, y: 0, ...image });
  });

  it('frames what a value is computed from, within the image', () => {
    expect(receptiveField(field, 2, 3)).toEqual({ x: 5, y: 5, width: 5, height: 7 });
    expect(clipped(receptiveField(field, 0, 0), image)).toEqual({ x: 0, y: 0, width: 4, height: 4 });
    expect(clipped({ x: 70, y: 0, width: 5, height: 5 }, image)).toMatchObject({ width: 0 });
  });
});
