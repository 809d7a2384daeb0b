import { cosine, sine, TURN } from './arithmetic.ts';
import type { Dice } from './dice.ts';
import type { Point } from './points.ts';
import { cssOf, type Tone } from './tone.ts';

/** What grows where, in pixels of the drawing. */
export interface Coat {
  readonly bounds: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
  /** Distance to the edge, positive inside. */
  readonly inside: (x: number, y: number) => number;
  /** Which way hairs lie; its length is their length. */
  readonly flow: (x: number, y: number) => Point;
  readonly tone: (x: number, y: number) => Tone;
  /** Hairs of a higher rank lie over those of a lower one. */
  readonly rank: (x: number, y: number) => number;
  /** Between roots. */
  readonly spacing: number;
  /** Of a hair at its root. */
  readonly width: number;
}

/** Hair by hair as SVG, the lowest first. */
export function brush(dice: Dice, coat: Coat): string {
  const { bounds, spacing } = coat;
  const hairs: { readonly rank: number; readonly path: string }[] = [];
  for (let row = bounds.top; row < bounds.bottom; row += spacing) {
    for (let column = bounds.left; column < bounds.right; column += spacing) {
      const x = column + spacing * dice.between(-0.6, 0.6);
      const y = row + spacing * dice.between(-0.6, 0.6);
      const sway = dice.between(-0.055, 0.055);
      const long = dice.between(0.65, 1.2);
      const light = dice.between(-0.055, 0.055);
      if (coat.inside(x, y) < 0) continue;
      const color = coat.tone(x, y);
      hairs.push({
        rank: coat.rank(x, y),
        path: hair(x, y, turned(coat.flow(x, y), sway, long), coat.width, { ...color, l: color.l + light }),
      });
    }
  }
  return hairs
    .sort((a, b) => a.rank - b.rank)
    .map(({ path }) => path)
    .join('');
}

/** Broad at the root, pointed at the tip, a little bent. */
export function hair(
  x: number,
  y: number,
  [dx, dy]: Point,
  width: number,
  color: Tone,
  opacity = 0.9,
): string {
  const long = Math.sqrt(dx * dx + dy * dy) + 1e-6;
  const [nx, ny] = [(-dy / long) * width * 0.5, (dx / long) * width * 0.5];
  const bend = 0.12 * long;
  const [mx, my] = [x + dx / 2 - (dy / long) * bend, y + dy / 2 + (dx / long) * bend];
  const n = (value: number) => Math.round(value * 10) / 10;
  return (
    `<path fill="${cssOf(color)}" fill-opacity="${Math.round(opacity * 100) / 100}" d="M${n(x - nx)} ${n(y - ny)}` +
    `Q${n(mx - nx)} ${n(my - ny)} ${n(x + dx)} ${n(y + dy)}` +
    `Q${n(mx + nx)} ${n(my + ny)} ${n(x + nx)} ${n(y + ny)}Z"/>`
  );
}

function turned([x, y]: Point, turn: number, scale: number): Point {
  const [c, s] = [cosine(TURN * turn), sine(TURN * turn)];
  return [scale * (c * x - s * y), scale * (s * x + c * y)];
}
