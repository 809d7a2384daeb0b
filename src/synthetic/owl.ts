import { drawEye, WHITE } from './eye.ts';
import { anyPlacement, type FigureDrawer } from './pen.ts';
import { arc, at, mirrored, type Point, SIDES } from './points.ts';
import { lighter, mixTones, near, tone, usual } from './tone.ts';

export const owl: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.74, 1] }));
  const coat = usual(dice, behind, [
    tone(0.5, 0.07, 0.16),
    tone(0.62, 0.09, 0.17),
    tone(0.45, 0.03, 0.2),
    tone(0.85, 0.02, 0.2),
  ]);
  const pale = lighter(mixTones(coat, WHITE, 0.55), 0.04);
  const dark = lighter(coat, coat.l > 0.4 ? -0.16 : 0.16);
  for (const side of SIDES)
    pen.blob(mirrored(at('0.7 -0.98, 0.68 -0.5, 0.36 -0.36, 0.12 -0.66, 0.4 -0.8'), side), coat);
  pen.blob(
    at(
      '0 -0.72, 0.5 -0.6, 0.68 -0.1, 0.66 0.4, 0.4 0.84, 0 0.94, -0.4 0.84, -0.66 0.4, -0.68 -0.1, -0.5 -0.6',
    ),
    coat,
  );
  pen.oval(0, 0.44, 0.44, 0.47, pale, { bare: true });
  for (const [row, y] of [0.2, 0.36, 0.52, 0.68].entries()) {
    const half = [0.3, 0.36, 0.3, 0.18][row]!;
    for (let x = -half + (row % 2) * 0.07; x <= half + 0.01; x += 0.15) {
      pen.curve(
        [
          [x - 0.06, y],
          [x, y + 0.07],
          [x + 0.06, y],
        ],
        dark,
        0.035,
      );
    }
  }
  for (const side of SIDES) {
    pen.blob(mirrored(at('0.58 -0.12, 0.78 0.1, 0.74 0.5, 0.5 0.8, 0.5 0.3'), side), dark);
  }
  const iris = near(
    dice,
    dice.pick(tone(0.82, 0.16, 0.26), tone(0.74, 0.16, 0.19), tone(0.85, 0.15, 0.3)),
    0.7,
  );
  for (const side of SIDES) {
    pen.disc(side * 0.29, -0.3, 0.33, pale);
    for (let ray = 0; ray < 10; ray++) {
      const [[x, y]] = arc(side * 0.29, -0.3, 0.3, 0.3, ray / 10, ray / 10, 2) as [Point];
      pen.line(
        [
          [side * 0.29 + 0.72 * (x - side * 0.29), -0.3 + 0.72 * (y + 0.3)],
          [x, y],
        ],
        dark,
        0.018,
      );
    }
    drawEye(pen, dice, side * 0.28, -0.3, dice.between(0.19, 0.22), iris, { iris: 0.96, open: 1 });
  }
  pen.polygon(at('-0.1 -0.2, 0 -0.26, 0.1 -0.2, 0 0.06'), near(dice, tone(0.72, 0.14, 0.21), 0.5));
  for (const side of SIDES) {
    for (const x of [-0.07, 0, 0.07])
      pen.oval(side * 0.2 + x, 0.92, 0.035, 0.06, tone(0.72, 0.14, 0.21), { bare: true });
  }
};
