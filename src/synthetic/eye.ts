import type { Dice } from './dice.ts';
import type { Pen } from './pen.ts';
import { lighter, tone, type Tone } from './tone.ts';

export const INK = tone(0.17, 0.015, 0.1);
export const WHITE = tone(0.97, 0.008, 0.25);

export interface EyeOptions {
  /** Width of the pupil as a share of its height. */
  readonly pupil?: number;
  /** Height of the opening as a share of its width. */
  readonly open?: number;
  /** Share of the eye that is iris. */
  readonly iris?: number;
  /** In turns. */
  readonly turn?: number;
}

/** White, iris with a dark rim and a light middle, pupil, and the light that makes it look alive. */
export function drawEye(
  pen: Pen,
  dice: Dice,
  x: number,
  y: number,
  r: number,
  iris: Tone,
  { pupil = 1, open = 0.9, iris: share = 0.64, turn = 0 }: EyeOptions = {},
): void {
  const size = dice.between(0.42, 0.54);
  const inner = r * share;
  pen.oval(x, y, 1.1 * r, 1.1 * r * open, { flat: INK }, { bare: true, turn });
  pen.oval(x, y, r, r * open, { flat: WHITE }, { bare: true, turn });
  pen.oval(x, y, inner, Math.min(inner, r * open), { flat: lighter(iris, -0.2) }, { bare: true });
  pen.oval(x, y, inner * 0.86, Math.min(inner * 0.86, r * open), { flat: iris }, { bare: true });
  pen.oval(x, y + inner * 0.25, inner * 0.62, inner * 0.45, { flat: lighter(iris, 0.12) }, { bare: true });
  pen.oval(
    x,
    y,
    inner * size * pupil,
    pupil < 1 ? Math.min(inner * 0.82, r * open) : inner * size,
    { flat: tone(0.1, 0.01, 0) },
    { bare: true },
  );
  const [lx, ly] = pen.style.light;
  pen.disc(x + inner * 0.42 * lx, y + inner * 0.42 * ly, inner * 0.24, { flat: WHITE }, { bare: true });
}
