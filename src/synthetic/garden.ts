/** What stands still: trees, flowers, mushrooms. */
import { cosine, sine, TURN } from './arithmetic.ts';
import { WHITE } from './eye.ts';
import { anyPlacement, type FigureDrawer } from './pen.ts';
import { arc, at, type Point } from './points.ts';
import { anyTone, apartFrom, contrasting, lighter, mixTones, near, tone } from './tone.ts';

export const tree: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.74, 1.02], turn: 0.02 }));
  const bark = apartFrom(behind, near(dice, tone(0.4, 0.05, 0.15)), 0.18);
  const leaf = apartFrom(
    behind,
    dice.chance(0.9)
      ? near(
          dice,
          dice.pick(
            tone(0.5, 0.11, 0.38),
            tone(0.5, 0.11, 0.38),
            tone(0.66, 0.13, 0.33),
            tone(0.66, 0.15, 0.17),
            tone(0.42, 0.08, 0.44),
            tone(0.82, 0.08, 0.02),
          ),
        )
      : anyTone(dice),
    0.18,
  );
  const foot = dice.between(0.12, 0.2);
  if (dice.chance(0.42)) {
    pen.polygon(at('-0.09 0.97, -0.07 0.4, 0.07 0.4, 0.09 0.97'), bark);
    const tiers = dice.whole(3, 5);
    for (let tier = 0; tier < tiers; tier++) {
      const share = tier / (tiers - 1);
      const [y, w] = [0.66 - 1.02 * share, 0.7 - 0.36 * share];
      const top = tier === tiers - 1 ? -0.98 : y - 0.62;
      const fringe: Point[] = [-1, -0.6, -0.2, 0.2, 0.6, 1].flatMap((x, index): Point[] => [
        [w * x, y + 0.05 * (1 - x * x)],
        ...(index < 5 ? [[w * (x + 0.2), y - 0.06] as const] : []),
      ]);
      pen.polygon([[0, top], ...fringe.reverse()], lighter(leaf, -0.09 + 0.18 * share));
    }
    return;
  }
  pen.blob(
    [
      [-foot, 0.98],
      [-0.1, 0.5],
      [-0.09, -0.1],
      [0.09, -0.1],
      [0.1, 0.5],
      [foot, 0.98],
    ],
    bark,
  );
  for (const side of [-1, 1])
    pen.line(
      [
        [0, 0.3],
        [side * dice.between(0.24, 0.4), -0.1],
      ],
      bark,
      0.09,
    );
  const [wide, high] = [dice.between(0.46, 0.62), dice.between(0.42, 0.56)];
  const clumps = dice.whole(9, 14);
  for (let index = 0; index < clumps; index++) {
    const [[x, y]] = arc(0, -0.32, wide, high, index * 0.382, index * 0.382, 2) as [Point];
    const r = dice.between(0.24, 0.34);
    const deep = 0.72 + 0.28 * ((index * 7) % 3 === 0 ? 0 : 1);
    pen.disc(x * deep, -0.32 + (y + 0.32) * deep, r, lighter(leaf, -0.07 - 0.1 * (y + 0.32)), {
      bare: index % 2 === 1,
    });
  }
  pen.oval(0, -0.32, wide * 0.85, high * 0.85, leaf, { bare: true });
  for (let left = dice.whole(10, 22); left > 0; left--) {
    const angle = TURN * dice.between(0, 1);
    const away = Math.sqrt(dice.between(0, 1));
    const [x, y] = [1.12 * wide * away * cosine(angle), -0.34 + 1.12 * high * away * sine(angle)];
    pen.disc(
      x,
      y,
      dice.between(0.06, 0.15),
      { flat: lighter(leaf, dice.between(-0.08, 0.09) - 0.1 * y) },
      { bare: true },
    );
  }
  if (dice.chance(0.4)) {
    const fruit = near(
      dice,
      dice.pick(tone(0.58, 0.19, 0.07), tone(0.75, 0.16, 0.2), tone(0.9, 0.05, 0.02)),
      0.6,
    );
    for (let left = dice.whole(7, 12); left > 0; left--) {
      pen.disc(dice.between(-0.9, 0.9) * wide, -0.32 + dice.between(-0.9, 0.9) * high, 0.065, fruit, {
        bare: true,
      });
    }
  }
};

export const flower: FigureDrawer = (pen, dice, behind) => {
  const stemmed = dice.chance(0.6);
  pen.place(anyPlacement(dice, { size: [0.74, 1.02], turn: stemmed ? 0.06 : 0.5 }));
  const petal = apartFrom(
    behind,
    dice.chance(0.85)
      ? near(
          dice,
          dice.pick(
            tone(0.68, 0.15, 0.99),
            tone(0.86, 0.15, 0.28),
            tone(0.62, 0.14, 0.84),
            tone(0.95, 0.015, 0.25),
            tone(0.6, 0.18, 0.07),
            tone(0.62, 0.12, 0.72),
          ),
        )
      : anyTone(dice),
    0.2,
  );
  const green = apartFrom(behind, near(dice, tone(0.52, 0.12, 0.38)), 0.15);
  const [cy, size] = stemmed ? [-0.28, 0.72] : [0, 0.98];
  if (stemmed) {
    const lean = dice.between(-0.12, 0.12);
    pen.curve(
      [
        [0, 0],
        [lean, 0.5],
        [0, 1],
      ],
      green,
      0.075,
    );
    for (const side of [-1, 1]) {
      const y = dice.between(0.55, 0.8);
      pen.blob(
        [
          [0, y + 0.1],
          [side * 0.2, y - 0.12],
          [side * 0.5, y - 0.22],
          [side * 0.34, y + 0.02],
        ],
        green,
      );
    }
  }
  const count = dice.whole(5, 12);
  const start = dice.between(0, 1);
  const broad = Math.min(0.3, 1.55 / count) * size;
  const pointed = dice.chance(0.35);
  for (const layer of count > 7 && dice.chance(0.6) ? [0, 1] : [1]) {
    for (let index = 0; index < count; index++) {
      const turn = start + (index + 0.5 * (1 - layer)) / count;
      const [c, s] = [cosine(TURN * turn), sine(TURN * turn)];
      const at = (along: number, aside: number): Point => [along * c - aside * s, cy + along * s + aside * c];
      const color = layer === 0 ? lighter(petal, -0.1) : petal;
      if (pointed) pen.blob([at(0, 0), at(0.5 * size, broad), at(size, 0), at(0.5 * size, -broad)], color);
      else pen.oval(0.58 * size * c, cy + 0.58 * size * s, 0.41 * size, broad, color, { turn });
      pen.line([at(0.3 * size, 0), at(0.66 * size, 0)], lighter(petal, petal.l > 0.4 ? -0.12 : 0.12), 0.025, {
        opacity: 0.7,
      });
    }
  }
  const heart = contrasting(dice, petal, 0.2);
  const middle = dice.chance(0.75)
    ? apartFrom(petal, near(dice, dice.pick(tone(0.8, 0.15, 0.25), tone(0.38, 0.06, 0.15))), 0.18)
    : heart;
  const r = dice.between(0.22, 0.32) * size;
  pen.disc(0, cy, r, middle);
  for (let seed = 1; seed < 22; seed++) {
    // Seeds stand as in a sunflower, a golden angle apart.
    const [away, angle] = [r * 0.88 * Math.sqrt(seed / 22), TURN * 0.381966 * seed];
    pen.disc(
      away * cosine(angle),
      cy + away * sine(angle),
      0.022,
      { flat: lighter(middle, middle.l > 0.5 ? -0.2 : 0.2) },
      { bare: true },
    );
  }
};

export const mushroom: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.74, 1.02], turn: 0.04 }));
  const cap = apartFrom(
    behind,
    dice.chance(0.8)
      ? near(
          dice,
          dice.pick(
            tone(0.56, 0.19, 0.075),
            tone(0.56, 0.19, 0.075),
            tone(0.55, 0.09, 0.16),
            tone(0.72, 0.14, 0.19),
          ),
        )
      : anyTone(dice),
    0.2,
  );
  const stem = apartFrom(behind, near(dice, tone(0.92, 0.03, 0.24), 0.6), 0.14);
  const thick = dice.between(0.16, 0.25);
  pen.blob(
    [
      [-thick, -0.02],
      [thick, -0.02],
      [thick * 1.05, 0.5],
      [thick * 1.5, 0.86],
      [0, 0.95],
      [-thick * 1.5, 0.86],
      [-thick * 1.05, 0.5],
    ],
    stem,
  );
  const tall = dice.between(0.72, 0.95);
  pen.oval(0, 0.05, 0.8, 0.16, lighter(mixTones(stem, cap, 0.25), -0.14));
  for (let x = -0.6; x <= 0.61; x += 0.12)
    pen.line(
      [
        [x * 0.4, 0.0],
        [x, 0.12 + 0.06 * (1 - x * x)],
      ],
      lighter(stem, -0.22),
      0.018,
    );
  pen.path(
    `M-88 6C-92 -${Math.round(62 * tall)} -48 -${Math.round(98 * tall)} 0 -${Math.round(100 * tall)}C48 -${Math.round(98 * tall)} 92 -${Math.round(62 * tall)} 88 6C60 -8 -60 -8 -88 6Z`,
    cap,
  );
  const spot = apartFrom(cap, dice.chance(0.8) ? WHITE : anyTone(dice), 0.26);
  for (const [x, y, r] of [
    [0, -0.62, 0.15],
    [-0.42, -0.42, 0.13],
    [0.44, -0.44, 0.12],
    [0.1, -0.26, 0.12],
    [-0.66, -0.16, 0.085],
    [0.68, -0.16, 0.08],
    [-0.26, -0.16, 0.07],
    [0.38, -0.13, 0.06],
  ] as const) {
    pen.oval(x + dice.between(-0.04, 0.04), y * tall, r, r * 0.8, spot, { bare: true, turn: 0.1 * x });
  }
  if (dice.chance(0.6))
    pen.blob(
      [
        [-thick * 1.5, 0.34],
        [0, 0.4],
        [thick * 1.5, 0.34],
        [thick * 1.1, 0.24],
        [-thick * 1.1, 0.24],
      ],
      lighter(stem, -0.06),
    );
};
