/** Cats and dogs, seen from the front. */
import { drawEye, INK, WHITE } from './eye.ts';
import { anyPlacement, type FigureDrawer } from './pen.ts';
import { at, mirrored, SIDES } from './points.ts';
import { apartFrom, lighter, mixTones, near, tone, usual } from './tone.ts';

export const cat: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.72, 1.02] }));
  const fur = usual(dice, behind, [
    tone(0.7, 0.13, 0.15),
    tone(0.86, 0.02, 0.2),
    tone(0.55, 0.02, 0.2),
    tone(0.27, 0.02, 0.2),
    tone(0.68, 0.05, 0.19),
  ]);
  const pink = near(dice, tone(0.74, 0.08, 0.03), 0.5);
  for (const side of SIDES) {
    pen.blob(mirrored(at('0.7 -0.1, 0.8 -0.6, 0.76 -0.97, 0.45 -0.78, 0.14 -0.5'), side), fur);
    pen.blob(mirrored(at('0.62 -0.35, 0.69 -0.62, 0.67 -0.79, 0.48 -0.66, 0.32 -0.5'), side), pink, {
      bare: true,
    });
  }
  pen.blob(
    at(
      '0 -0.56, 0.42 -0.5, 0.74 -0.18, 0.84 0.2, 0.6 0.56, 0.25 0.75, 0 0.78, -0.25 0.75, -0.6 0.56, -0.84 0.2, -0.74 -0.18, -0.42 -0.5',
    ),
    fur,
  );
  if (dice.chance(0.65)) {
    const mark = apartFrom(fur, lighter(fur, -0.2), 0.14);
    for (const x of [-0.2, 0, 0.2]) {
      pen.polygon(
        [
          [x - 0.055, -0.58],
          [x + 0.055, -0.58],
          [x * 0.65, -0.26],
        ],
        { flat: mark },
        { bare: true },
      );
    }
    for (const side of SIDES) {
      for (const y of [0.04, 0.24]) {
        pen.polygon(
          mirrored(
            [
              [0.84, y - 0.05],
              [0.84, y + 0.07],
              [0.54, y + 0.06],
            ],
            side,
          ),
          { flat: mark },
          { bare: true },
        );
      }
    }
  }
  const pale = lighter(mixTones(fur, WHITE, 0.55), 0.03);
  if (dice.chance(0.35))
    pen.blob(at('0 -0.4, 0.12 0.1, 0.3 0.5, 0 0.72, -0.3 0.5, -0.12 0.1'), pale, { bare: true });
  for (const side of SIDES) pen.oval(side * 0.15, 0.38, 0.2, 0.16, pale, { bare: true });
  pen.oval(0, 0.56, 0.14, 0.1, pale, { bare: true });
  const iris = near(
    dice,
    dice.pick(tone(0.75, 0.15, 0.35), tone(0.78, 0.14, 0.26), tone(0.68, 0.12, 0.62)),
    0.8,
  );
  const slit = dice.pick(0.3, 0.45, 0.9);
  const size = dice.between(0.17, 0.21);
  for (const side of SIDES)
    drawEye(pen, dice, side * 0.34, -0.03, size, iris, {
      pupil: slit,
      open: 0.86,
      iris: 0.88,
      turn: side * 0.03,
    });
  pen.blob(at('-0.11 0.19, 0 0.17, 0.11 0.19, 0.04 0.28, 0 0.31, -0.04 0.28'), pink);
  for (const side of SIDES)
    pen.curve(
      [
        [0, 0.3],
        [0, 0.39],
        [side * 0.1, 0.46],
        [side * 0.2, 0.42],
      ],
      INK,
      0.035,
    );
  const whiskers = fur.l > 0.6 && behind.l > 0.6 ? INK : WHITE;
  for (const side of SIDES) {
    for (const row of [-1, 0, 1]) {
      pen.curve(
        [
          [side * 0.2, 0.36 + row * 0.04],
          [side * 0.6, 0.32 + row * 0.1],
          [side * 1.0, 0.36 + row * 0.17],
        ],
        whiskers,
        0.022,
      );
    }
  }
};

export const dog: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.74, 1.02] }));
  const fur = usual(dice, behind, [
    tone(0.68, 0.1, 0.18),
    tone(0.88, 0.03, 0.21),
    tone(0.4, 0.07, 0.14),
    tone(0.3, 0.02, 0.15),
    tone(0.6, 0.02, 0.2),
  ]);
  const ears = lighter(fur, fur.l > 0.4 ? -dice.between(0.12, 0.26) : 0.14);
  const pale = lighter(mixTones(fur, WHITE, 0.45), 0.05);
  const hanging = dice.chance(0.75);
  if (!hanging) {
    for (const side of SIDES)
      pen.blob(mirrored(at('0.22 -0.55, 0.5 -0.98, 0.72 -0.7, 0.62 -0.2'), side), ears);
  }
  pen.blob(
    at(
      '0 -0.76, 0.42 -0.66, 0.62 -0.25, 0.58 0.2, 0.44 0.6, 0 0.74, -0.44 0.6, -0.58 0.2, -0.62 -0.25, -0.42 -0.66',
    ),
    fur,
  );
  if (dice.chance(0.4)) {
    const side = dice.sign();
    pen.oval(side * 0.27, -0.2, 0.24, 0.28, ears, { bare: true });
  }
  if (dice.chance(0.4))
    pen.blob(at('0 -0.74, 0.1 -0.3, 0.16 0.1, -0.16 0.1, -0.1 -0.3'), pale, { bare: true });
  if (hanging) {
    const out = dice.between(0, 0.12);
    for (const side of SIDES) {
      pen.blob(
        mirrored(
          [
            [0.36, -0.68],
            [0.66, -0.66],
            [0.86 + out, -0.2],
            [0.92 + out, 0.32],
            [0.74 + out, 0.5],
            [0.6, 0.28],
            [0.56, -0.2],
          ],
          side,
        ),
        ears,
      );
    }
  }
  if (dice.chance(0.55)) {
    const tongue = near(dice, tone(0.66, 0.15, 0.04), 0.5);
    pen.blob(at('-0.13 0.52, 0.13 0.52, 0.15 0.84, 0 0.96, -0.15 0.84'), tongue);
    pen.line(at('0 0.6, 0 0.86'), lighter(tongue, -0.12), 0.03);
  }
  pen.blob(at('0 0.06, 0.26 0.16, 0.42 0.4, 0.26 0.64, 0 0.6, -0.26 0.64, -0.42 0.4, -0.26 0.16'), pale);
  const iris = near(dice, dice.pick(tone(0.36, 0.07, 0.14), tone(0.5, 0.1, 0.17)), 0.5);
  for (const side of SIDES) {
    drawEye(pen, dice, side * 0.27, -0.18, dice.between(0.13, 0.155), iris, { iris: 0.8, open: 0.95 });
    pen.curve(
      [
        [side * 0.14, -0.4],
        [side * 0.28, -0.45],
        [side * 0.4, -0.37],
      ],
      lighter(fur, fur.l > 0.4 ? -0.16 : 0.16),
      0.06,
    );
  }
  pen.blob(
    at('0 0.06, 0.17 0.08, 0.2 0.18, 0.08 0.3, -0.08 0.3, -0.2 0.18, -0.17 0.08'),
    tone(0.2, 0.01, 0.1),
    { bare: true },
  );
  pen.oval(-0.06, 0.13, 0.06, 0.03, { flat: tone(0.72, 0.01, 0.2) }, { bare: true, opacity: 0.8 });
  for (const side of SIDES)
    pen.curve(
      [
        [0, 0.3],
        [0, 0.44],
        [side * 0.12, 0.53],
        [side * 0.26, 0.46],
      ],
      INK,
      0.04,
    );
  for (const side of SIDES)
    for (const y of [0.36, 0.44])
      pen.disc(side * 0.24, y, 0.022, { flat: lighter(fur, -0.2) }, { bare: true });
};
