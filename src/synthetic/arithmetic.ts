/**
 * Sine, arc tangent and Gaussian made of +, -, *, / and square roots only. Math.sin and its kin may differ in their last bit from one
 * engine to the next; these give the same images everywhere.
 */

export const TURN = 2 * Math.PI;

/** To about 1e-8, for any finite angle in radians. */
export function sine(angle: number): number {
  let x = angle - TURN * Math.floor(angle / TURN + 0.5);
  if (x > Math.PI / 2) x = Math.PI - x;
  else if (x < -Math.PI / 2) x = -Math.PI - x;
  const q = x * x;
  return (
    x * (1 - (q / 6) * (1 - (q / 20) * (1 - (q / 42) * (1 - (q / 72) * (1 - (q / 110) * (1 - q / 156))))))
  );
}

export const cosine = (angle: number): number => sine(angle + Math.PI / 2);

/** Angle of a point in turns, -0.5..0.5, to about 1e-5; 0 at the origin. */
export function turnOf(y: number, x: number): number {
  const [ax, ay] = [Math.abs(x), Math.abs(y)];
  const most = Math.max(ax, ay);
  if (most === 0) return 0;
  const t = Math.min(ax, ay) / most;
  const q = t * t;
  // Abramowitz and Stegun 4.4.49.
  let angle = (t * (0.999866 + q * (-0.3302995 + q * (0.180141 + q * (-0.085133 + q * 0.0208351))))) / TURN;
  if (ay > ax) angle = 0.25 - angle;
  if (x < 0) angle = 0.5 - angle;
  return y < 0 ? -angle : angle;
}

export const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);

export const fraction = (x: number): number => x - Math.floor(x);

export const clamp = (x: number, low = 0, high = 1): number => (x < low ? low : x > high ? high : x);

/** 0 before `from`, 1 behind `to`, smooth between. */
export function smoothstep(from: number, to: number, x: number): number {
  const t = clamp((x - from) / (to - from));
  return t * t * (3 - 2 * t);
}

/** A number in 0..1 that belongs to a cell of a grid. */
export function hash(x: number, y: number, seed: number): number {
  let h = Math.imul(x | 0, 0x27d4eb2d) ^ Math.imul(y | 0, 0x165667b1) ^ Math.imul(seed | 0, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}
