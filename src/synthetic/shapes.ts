/** Plain figures: filled or hollow, one or several. */
import { cosine, sine, TURN } from './arithmetic.ts';
import type { Dice } from './dice.ts';
import { anyPlacement, type FigureDrawer, type PlacementRange } from './pen.ts';
import type { Point } from './points.ts';
import { anyTone, apartFrom, contrasting, near, tone, type Tone } from './tone.ts';

interface Outline {
  readonly points: readonly Point[];
  readonly smooth?: boolean;
}

function figure(
  outlineOf: (dice: Dice) => Outline,
  range: PlacementRange,
  colorOf: (dice: Dice) => Tone = anyTone,
): FigureDrawer {
  return (pen, dice, behind) => {
    const { points, smooth } = outlineOf(dice);
    const several = dice.chance(0.3) ? dice.whole(2, 4) : 1;
    const hollow = dice.chance(0.25) ? dice.between(0.1, 0.22) : 0;
    for (let number = 0; number < several; number++) {
      const color = apartFrom(behind, colorOf(dice), 0.28);
      const size = several === 1 ? ([0.5, 0.95] as const) : ([0.26, 0.44] as const);
      pen.place(anyPlacement(dice, { ...range, size }));
      if (hollow > 0) {
        const closed = [...points, points[0]!, points[1]!];
        if (smooth) pen.curve(closed, color, hollow);
        else pen.line(closed, color, hollow);
      } else {
        if (smooth) pen.blob(points, color);
        else pen.polygon(points, color);
        if (dice.chance(0.15)) {
          const inner = points.map(([x, y]): Point => [0.5 * x, 0.5 * y]);
          pen[smooth ? 'blob' : 'polygon'](inner, contrasting(dice, color, 0.25), { bare: true });
        }
      }
    }
  };
}

/** Corners in turn on two circles, beginning at the top. */
export function starPoints(tips: number, inner: number): Point[] {
  return Array.from({ length: 2 * tips }, (_, index): Point => {
    const angle = TURN * (index / (2 * tips) - 0.25);
    const r = index % 2 === 0 ? 1 : inner;
    return [r * cosine(angle), r * sine(angle)];
  });
}

const anyTurn = { turn: 0.5 };

export const star = figure((dice) => {
  const tips = dice.pick(5, 5, 5, 6, 7, 8);
  return { points: starPoints(tips, dice.between(0.36, 0.52) + 0.02 * (tips - 5)) };
}, anyTurn);

export const triangle = figure((dice) => {
  const corner = (turn: number): Point => [cosine(TURN * turn), sine(TURN * turn)];
  return {
    points: [
      corner(-0.25),
      corner(1 / 12 + dice.between(-0.03, 0.03)),
      corner(5 / 12 + dice.between(-0.03, 0.03)),
    ],
  };
}, anyTurn);

export const square = figure((dice) => {
  const half = dice.between(0.6, 0.84);
  return {
    points: [
      [-0.76, -half],
      [0.76, -half],
      [0.76, half],
      [-0.76, half],
    ],
  };
}, anyTurn);

export const cross = figure((dice) => {
  const w = dice.between(0.17, 0.32);
  const quarter: readonly Point[] = [
    [-w, -0.95],
    [w, -0.95],
    [w, -w],
  ];
  const turned = (by: number) =>
    quarter.map(
      ([x, y]): Point => [[x, y] as const, [-y, x] as const, [-x, -y] as const, [y, -x] as const][by]!,
    );
  return { points: [0, 1, 2, 3].flatMap(turned) };
}, anyTurn);

export const heart = figure(
  () => ({
    smooth: true,
    points: Array.from({ length: 24 }, (_, index): Point => {
      const t = (TURN * (index + 0.5)) / 24;
      const s = sine(t);
      const high = 13 * cosine(t) - 5 * cosine(2 * t) - 2 * cosine(3 * t) - cosine(4 * t);
      return [s * s * s, -high / 16.5 - 0.1];
    }),
  }),
  { turn: 0.08 },
  (dice) => (dice.chance(0.75) ? near(dice, tone(0.58, 0.19, 0.06)) : anyTone(dice)),
);
