import { WHITE } from './eye.ts';
import { anyPlacement, type FigureDrawer } from './pen.ts';
import { anyTone, apartFrom, contrasting, lighter, near, tone } from './tone.ts';

export const house: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.74, 1], turn: 0.025 }));
  const wall = apartFrom(
    behind,
    dice.chance(0.7)
      ? near(
          dice,
          dice.pick(
            tone(0.9, 0.03, 0.22),
            tone(0.76, 0.08, 0.2),
            tone(0.7, 0.06, 0.66),
            tone(0.62, 0.11, 0.1),
          ),
        )
      : anyTone(dice),
    0.18,
  );
  const roof = apartFrom(
    wall,
    dice.chance(0.75)
      ? near(dice, dice.pick(tone(0.5, 0.13, 0.1), tone(0.4, 0.05, 0.14), tone(0.42, 0.04, 0.7)))
      : anyTone(dice),
    0.2,
  );
  const frame = apartFrom(wall, dice.chance(0.6) ? WHITE : roof, 0.2);
  const lit = dice.chance(0.3);
  const glass = apartFrom(frame, lit ? tone(0.88, 0.13, 0.26) : near(dice, tone(0.55, 0.06, 0.66)), 0.15);
  const door = contrasting(dice, wall, 0.25);
  const peak = dice.between(-0.95, -0.72);
  if (dice.chance(0.65)) {
    const side = dice.sign();
    pen.box(side * 0.4 - 0.1, -0.88, side * 0.4 + 0.1, -0.3, lighter(roof, -0.08));
    pen.box(side * 0.4 - 0.13, -0.93, side * 0.4 + 0.13, -0.84, roof);
  }
  pen.box(-0.66, -0.16, 0.66, 0.86, wall);
  if (dice.chance(0.3))
    for (let y = 0; y < 0.86; y += 0.13)
      pen.line(
        [
          [-0.65, y],
          [0.65, y],
        ],
        lighter(wall, -0.09),
        0.02,
        { butt: true },
      );
  pen.polygon(
    [
      [-0.86, -0.1],
      [0, peak],
      [0.86, -0.1],
    ],
    roof,
  );
  const rows = 4;
  for (let row = 1; row < rows; row++) {
    const y = -0.1 + ((peak + 0.1) * row) / rows;
    const half = 0.86 * (1 - row / rows);
    pen.line(
      [
        [-half, y],
        [half, y],
      ],
      lighter(roof, roof.l > 0.35 ? -0.1 : 0.1),
      0.03,
      { butt: true },
    );
  }
  if (dice.chance(0.5)) {
    pen.disc(0, -0.34, 0.12, glass);
    pen.ring(0, -0.34, 0.12, 0.12, frame, 0.045);
  }
  pen.box(-0.15, 0.32, 0.15, 0.86, door);
  pen.disc(0.09, 0.6, 0.025, { flat: lighter(door, door.l > 0.5 ? -0.4 : 0.4) }, { bare: true });
  for (const x of [-0.41, 0.41]) {
    pen.box(x - 0.16, 0.1, x + 0.16, 0.44, glass, { bare: true });
    pen.line(
      [
        [x, 0.1],
        [x, 0.44],
      ],
      frame,
      0.03,
      { butt: true },
    );
    pen.line(
      [
        [x - 0.16, 0.27],
        [x + 0.16, 0.27],
      ],
      frame,
      0.03,
      { butt: true },
    );
    pen.line(
      [
        [x - 0.16, 0.1],
        [x + 0.16, 0.1],
        [x + 0.16, 0.44],
        [x - 0.16, 0.44],
        [x - 0.16, 0.1],
      ],
      frame,
      0.045,
    );
    pen.line(
      [
        [x - 0.2, 0.47],
        [x + 0.2, 0.47],
      ],
      frame,
      0.05,
    );
  }
};
