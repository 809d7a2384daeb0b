/** Rows top to bottom, columns left to right; bottom and right are beyond the last ones. */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The box around the pixels that are not 0; undefined where there is none. */
export function boxOf(mask: Uint8Array, width: number): Box | undefined {
  let [top, bottom, left, right] = [Infinity, 0, Infinity, 0];
  for (const [at, covered] of mask.entries()) {
    if (!covered) continue;
    const [y, x] = [Math.floor(at / width), at % width];
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
  }
  return bottom > 0 ? { top, bottom, left, right } : undefined;
}

const isInside = (at: number, width: number, { top, bottom, left, right }: Box): boolean => {
  const [y, x] = [Math.floor(at / width), at % width];
  return y >= top && y < bottom && x >= left && x < right;
};

/** Pointing game: whether the first of the greatest values lies in the box (Zhang et al. 2016). */
export function pointsInto(map: Float32Array, width: number, box: Box): boolean {
  let place = 0;
  for (const [at, value] of map.entries()) if (value > map[place]!) place = at;
  return isInside(place, width, box);
}

/** The share of the sum of positive values that lies in the box, 0..1; 0 where there is none. */
export function energyIn(map: Float32Array, width: number, box: Box): number {
  let [inside, all] = [0, 0];
  for (const [at, value] of map.entries()) {
    if (!(value > 0)) continue;
    all += value;
    if (isInside(at, width, box)) inside += value;
  }
  return all > 0 ? inside / all : 0;
}
