import { drawEye, INK, WHITE } from './eye.ts';
import { anyPlacement, type FigureDrawer } from './pen.ts';
import { arc, at, SIDES } from './points.ts';
import { anyTone, apartFrom, lighter, near, tone, usual } from './tone.ts';

export const face: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.74, 1.02] }));
  const skin = usual(dice, behind, [
    tone(0.84, 0.06, 0.16),
    tone(0.74, 0.08, 0.16),
    tone(0.6, 0.08, 0.15),
    tone(0.43, 0.06, 0.14),
  ]);
  const hair = apartFrom(
    skin,
    dice.chance(0.85)
      ? near(
          dice,
          dice.pick(
            tone(0.2, 0.02, 0.1),
            tone(0.36, 0.07, 0.14),
            tone(0.78, 0.1, 0.23),
            tone(0.5, 0.12, 0.12),
          ),
        )
      : anyTone(dice),
    0.18,
  );
  const [wide, high] = [dice.between(0.54, 0.68), dice.between(0.72, 0.84)];
  const cut = dice.whole(0, 4);
  if (cut === 0) pen.oval(0, -0.05, wide * 1.3, high * 1.16, hair);
  if (cut === 1) pen.oval(0, -0.24, wide * 1.14, high * 0.86, hair);
  if (cut === 2) {
    pen.blob(
      [
        ...arc(0, -0.12, wide * 1.22, high * 0.98, 0.5, 1, 7),
        [wide * 1.32, 0.6],
        [wide * 0.9, 0.98],
        [-wide * 0.9, 0.98],
        [-wide * 1.32, 0.6],
      ],
      hair,
    );
  }
  if (cut === 3)
    for (const [x, y] of arc(0, -0.2, wide * 0.98, high * 0.8, 0.45, 1.05, 9)) pen.disc(x, y, 0.24, hair);
  for (const side of SIDES) pen.oval(side * wide, 0.06, 0.11, 0.17, lighter(skin, -0.03));
  pen.blob(
    [
      ...arc(0, 0, wide, high * 0.96, 0.5, 1, 7),
      [wide * 0.93, 0.34],
      [wide * 0.5, high * 0.93],
      [0, high * 1.04],
      [-wide * 0.5, high * 0.93],
      [-wide * 0.93, 0.34],
    ],
    skin,
  );
  for (const side of SIDES) {
    pen.oval(
      side * wide * 0.58,
      0.3,
      0.15,
      0.11,
      { flat: tone(skin.l - 0.04, skin.c + 0.06, 0.07) },
      { bare: true, opacity: 0.5 },
    );
  }
  if (cut < 4) {
    const part = dice.between(-0.5, 0.5) * wide;
    pen.blob(
      [
        [-wide * 1.03, -0.12],
        ...arc(0, -0.06, wide * 1.04, high * 1.02, 0.55, 0.95, 6),
        [wide * 1.03, -0.12],
        [wide * 0.8, -0.42],
        [part, -0.56],
        [-wide * 0.8, -0.42],
      ],
      hair,
    );
  }
  const [apart, size] = [dice.between(0.25, 0.3), dice.between(0.13, 0.17)];
  const iris = near(
    dice,
    dice.pick(tone(0.55, 0.1, 0.68), tone(0.42, 0.06, 0.15), tone(0.55, 0.1, 0.4)),
    0.7,
  );
  for (const side of SIDES) {
    drawEye(pen, dice, side * apart, -0.08, size, iris, { open: dice.between(0.7, 0.85), iris: 0.58 });
    pen.curve(
      [
        [side * (apart - 0.15), -0.29],
        [side * apart, -0.34],
        [side * (apart + 0.16), -0.27],
      ],
      lighter(hair, -0.06),
      0.055,
    );
  }
  if (dice.chance(0.22)) {
    for (const side of SIDES) pen.ring(side * apart, -0.07, size * 1.65, size * 1.5, INK, 0.045);
    pen.line(at('-0.08 -0.08, 0.08 -0.08'), INK, 0.045);
  }
  const dark = lighter(skin, -0.22);
  pen.curve(at('0.02 -0.02, 0.09 0.2, 0.05 0.25, -0.06 0.24'), dark, 0.045);
  const lips = tone(0.52, 0.15, 0.05);
  const mouth = dice.between(0.19, 0.3);
  const mood = dice.whole(0, 3);
  if (mood === 0)
    pen.curve(
      [
        [-mouth, 0.42],
        [0, 0.54],
        [mouth, 0.42],
      ],
      lips,
      0.075,
    );
  else if (mood === 1) {
    pen.blob(
      [
        [-mouth, 0.4],
        [0, 0.43],
        [mouth, 0.4],
        [mouth * 0.6, 0.56],
        [0, 0.61],
        [-mouth * 0.6, 0.56],
      ],
      { flat: lighter(lips, -0.18) },
    );
    pen.blob(
      [
        [-mouth * 0.8, 0.425],
        [0, 0.445],
        [mouth * 0.8, 0.425],
        [0, 0.5],
      ],
      { flat: WHITE },
      { bare: true },
    );
  } else if (mood === 2) {
    pen.oval(0, 0.48, mouth, 0.085, { flat: lips });
    pen.line(
      [
        [-mouth * 0.9, 0.48],
        [mouth * 0.9, 0.48],
      ],
      lighter(lips, -0.2),
      0.03,
    );
  } else pen.oval(0, 0.5, mouth * 0.5, 0.12, { flat: lighter(lips, -0.2) });
  if (cut === 1 && dice.chance(0.3)) {
    pen.blob(at('-0.3 0.38, 0 0.3, 0.3 0.38, 0 0.4'), hair, { bare: true });
  }
};
