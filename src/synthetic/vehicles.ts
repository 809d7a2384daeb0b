import { cosine, sine, TURN } from './arithmetic.ts';
import type { Dice } from './dice.ts';
import { WHITE } from './eye.ts';
import { anyPlacement, type FigureDrawer, type Pen } from './pen.ts';
import { at, type Point } from './points.ts';
import { anyTone, apartFrom, contrasting, lighter, near, tone, type Tone } from './tone.ts';

function spokes(
  pen: Pen,
  x: number,
  y: number,
  from: number,
  to: number,
  count: number,
  color: Tone,
  width: number,
  start: number,
): void {
  for (let index = 0; index < count; index++) {
    const angle = TURN * (start + index / count);
    const [c, s] = [cosine(angle), sine(angle)];
    pen.line(
      [
        [x + from * c, y + from * s],
        [x + to * c, y + to * s],
      ],
      color,
      width,
    );
  }
}

const metal = (dice: Dice) => near(dice, tone(0.82, 0.012, 0.7), 0.8);
const rubber = (dice: Dice) => near(dice, tone(0.22, 0.012, 0.2), 0.7);

export const wheel: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.7, 1], turn: 0.5 }));
  const r = dice.between(0.8, 0.92);
  const tyre = dice.between(0.12, 0.22);
  const rim = apartFrom(behind, dice.chance(0.6) ? rubber(dice) : anyTone(dice), 0.3);
  const filled = dice.chance(0.35);
  const ground = filled ? contrasting(dice, rim, 0.3) : behind;
  if (filled) pen.disc(0, 0, r, ground, { bare: true });
  const spoke = apartFrom(ground, dice.chance(0.6) ? rim : metal(dice), 0.3);
  const count = dice.whole(6, 14);
  const start = dice.between(0, 1);
  const hub = dice.between(0.12, 0.22);
  if (dice.chance(0.3)) {
    // Broad spokes of wood, widening outwards.
    for (let index = 0; index < count; index++) {
      const at = (radius: number, aside: number): Point => {
        const angle = TURN * (start + index / count) + aside;
        return [radius * cosine(angle), radius * sine(angle)];
      };
      pen.polygon([at(hub, -0.14), at(r, -0.05), at(r, 0.05), at(hub, 0.14)], spoke, { bare: true });
    }
  } else spokes(pen, 0, 0, hub * 0.5, r, count, spoke, dice.between(0.03, 0.075), start);
  pen.ring(0, 0, r, r, lighter(rim, -0.06), tyre);
  pen.ring(0, 0, r + 0.02, r + 0.02, lighter(rim, 0.1), tyre * 0.3);
  if (dice.chance(0.6)) pen.ring(0, 0, r - tyre * 0.62, r - tyre * 0.62, metal(dice), 0.045);
  const cap = contrasting(dice, spoke, 0.25);
  pen.disc(0, 0, hub, cap);
  pen.disc(0, 0, hub * 0.45, lighter(cap, cap.l > 0.5 ? -0.3 : 0.3), { bare: true });
};

export const bicycle: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.8, 1.04], turn: 0.04 }));
  const tyre = apartFrom(behind, dice.chance(0.7) ? rubber(dice) : anyTone(dice), 0.3);
  const frame = apartFrom(
    behind,
    dice.chance(0.3) ? rubber(dice) : { ...anyTone(dice), c: dice.between(0.08, 0.18) },
    0.26,
  );
  const r = dice.between(0.36, 0.42);
  const y = 0.38;
  const thin = apartFrom(behind, metal(dice), 0.22);
  const width = dice.between(0.055, 0.085);
  for (const x of [-0.56, 0.56]) {
    spokes(pen, x, y, 0, r, dice.whole(8, 12), thin, 0.02, dice.between(0, 1));
    pen.ring(x, y, r, r, tyre, dice.between(0.06, 0.09));
    pen.ring(x, y, r * 0.87, r * 0.87, thin, 0.025);
    pen.disc(x, y, 0.055, tyre, { bare: true });
  }
  const [crank, seat, head] = [
    [-0.1, 0.42],
    [-0.24, -0.16],
    [0.36, -0.18],
  ] as const;
  const tubes: readonly (readonly [Point, Point])[] = [
    [[-0.56, y], crank],
    [[-0.56, y], seat],
    [crank, seat],
    [crank, head],
    [seat, head],
    [[0.56, y], head],
    [head, [0.32, -0.36]],
    [seat, [-0.28, -0.32]],
  ];
  for (const tube of tubes) pen.line(tube, frame, width);
  for (const [[x0, y0], [x1, y1]] of tubes.slice(0, 6)) {
    pen.line(
      [
        [x0, y0 - 0.014],
        [x1, y1 - 0.014],
      ],
      lighter(frame, 0.14),
      width * 0.3,
    );
  }
  if (dice.chance(0.5)) pen.curve(at('0.32 -0.38, 0.52 -0.46, 0.6 -0.34, 0.5 -0.28'), tyre, 0.05);
  else pen.curve(at('0.2 -0.48, 0.34 -0.38, 0.5 -0.42'), tyre, 0.055);
  pen.blob(at('-0.46 -0.36, -0.28 -0.4, -0.1 -0.35, -0.26 -0.3'), tyre, { bare: true });
  pen.disc(crank[0], crank[1], 0.095, tyre, { bare: true });
  pen.disc(crank[0], crank[1], 0.05, thin, { bare: true });
  const angle = TURN * dice.between(0, 1);
  const [px, py] = [0.17 * cosine(angle), 0.17 * sine(angle)];
  pen.line(
    [
      [crank[0] - px, crank[1] - py],
      [crank[0] + px, crank[1] + py],
    ],
    tyre,
    0.04,
  );
  for (const side of [-1, 1]) {
    pen.line(
      [
        [crank[0] + side * px - 0.06, crank[1] + side * py],
        [crank[0] + side * px + 0.06, crank[1] + side * py],
      ],
      tyre,
      0.045,
    );
  }
};

export const car: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.76, 1], turn: 0.035 }));
  const paint = apartFrom(
    behind,
    dice.chance(0.8)
      ? near(
          dice,
          dice.pick(
            tone(0.55, 0.18, 0.08),
            tone(0.55, 0.13, 0.7),
            tone(0.82, 0.15, 0.27),
            tone(0.9, 0.01, 0.3),
            tone(0.58, 0.1, 0.42),
            tone(0.32, 0.02, 0.7),
          ),
        )
      : anyTone(dice),
    0.2,
  );
  const glass = near(dice, tone(0.82, 0.05, 0.64), 0.6);
  const dark = rubber(dice);
  const roof = dice.between(-0.52, -0.4);
  pen.oval(0, 0.62, 0.98, 0.07, { flat: tone(0.1, 0, 0) }, { bare: true, opacity: 0.3 });
  const rounded = dice.chance(0.55);
  const cabin: readonly Point[] = [
    [-0.68, 0.04],
    [-0.46, roof],
    [0.2, roof],
    [0.56, 0.04],
  ];
  if (rounded)
    pen.blob(
      [
        [-0.74, 0.08],
        [-0.52, roof + 0.12],
        [-0.14, roof - 0.06],
        [0.26, roof + 0.1],
        [0.58, 0.06],
      ],
      paint,
    );
  else pen.polygon(cabin, paint);
  pen.polygon(
    [
      [-0.52, 0],
      [-0.38, roof + 0.1],
      [-0.12, roof + 0.07],
      [-0.12, 0],
    ],
    glass,
  );
  pen.polygon(
    [
      [-0.03, 0],
      [-0.03, roof + 0.07],
      [0.17, roof + 0.1],
      [0.42, 0],
    ],
    glass,
  );
  pen.line(
    [
      [-0.36, -0.06],
      [-0.24, roof + 0.18],
    ],
    WHITE,
    0.045,
    { opacity: 0.7 },
  );
  pen.line(
    [
      [0.1, -0.06],
      [0.2, roof + 0.24],
    ],
    WHITE,
    0.045,
    { opacity: 0.7 },
  );
  pen.blob(
    at(
      '-0.98 0.34, -0.97 0.08, -0.76 -0.02, 0 -0.03, 0.6 -0.01, 0.92 0.1, 1 0.28, 0.94 0.46, 0 0.47, -0.92 0.46',
    ),
    paint,
  );
  pen.line(at('-0.9 0.2, 0.92 0.2'), lighter(paint, paint.l > 0.4 ? -0.13 : 0.13), 0.035);
  pen.line(at('-0.07 0, -0.07 0.44'), lighter(paint, -0.16), 0.025);
  pen.line(at('0 0.1, 0.12 0.1'), metal(dice), 0.045);
  pen.line(at('-0.98 0.42, -0.8 0.42'), metal(dice), 0.07);
  pen.line(at('0.82 0.42, 0.99 0.42'), metal(dice), 0.07);
  pen.oval(0.9, 0.2, 0.065, 0.085, { flat: tone(0.95, 0.08, 0.28) });
  pen.oval(-0.93, 0.2, 0.05, 0.075, { flat: tone(0.55, 0.2, 0.08) });
  const size = dice.between(0.22, 0.26);
  for (const x of [-0.54, 0.55]) {
    pen.disc(x, 0.45, size, { flat: dark }, { bare: true });
    pen.disc(x, 0.45, size * 0.58, metal(dice), { bare: true });
    spokes(pen, x, 0.45, 0, size * 0.5, 5, lighter(dark, 0.15), 0.035, dice.between(0, 1));
    pen.disc(x, 0.45, size * 0.16, { flat: dark }, { bare: true });
  }
};
