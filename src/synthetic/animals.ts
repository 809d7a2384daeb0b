/** Animals seen from the side or from above. */
import { drawEye, INK, WHITE } from './eye.ts';
import { anyPlacement, type FigureDrawer } from './pen.ts';
import { arc, at, mirrored, type Point, SIDES } from './points.ts';
import { apartFrom, contrasting, lighter, mixTones, near, tone, usual } from './tone.ts';

export const bird: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.74, 1], turn: 0.04 }));
  const coat = usual(dice, behind, [
    tone(0.6, 0.13, 0.68),
    tone(0.58, 0.17, 0.08),
    tone(0.85, 0.15, 0.28),
    tone(0.5, 0.06, 0.16),
    tone(0.6, 0.12, 0.4),
  ]);
  const wing = lighter(coat, coat.l > 0.45 ? -0.16 : 0.16);
  const belly = lighter(mixTones(coat, WHITE, 0.6), 0.02);
  const beak = near(dice, tone(0.76, 0.15, 0.2), 0.6);
  if (dice.chance(0.55)) {
    pen.line(
      [
        [-1.05, 0.9],
        [1.05, 0.84 + dice.between(-0.06, 0.06)],
      ],
      near(dice, tone(0.4, 0.05, 0.15)),
      0.1,
    );
  }
  for (const x of [-0.06, 0.14]) {
    pen.line(
      [
        [x, 0.4],
        [x + 0.04, 0.84],
      ],
      beak,
      0.045,
    );
    for (const toe of [-0.08, 0.02, 0.1])
      pen.line(
        [
          [x + 0.04, 0.82],
          [x + 0.04 + toe, 0.9],
        ],
        beak,
        0.035,
      );
  }
  const tail = dice.between(-0.15, 0.2);
  pen.blob(
    [
      [-0.36, 0.06],
      [-0.98, 0.06 + tail],
      [-1.02, 0.2 + tail],
      [-0.9, 0.28 + tail],
      [-0.36, 0.32],
    ],
    wing,
  );
  pen.blob(
    at(
      '-0.56 0.16, -0.3 -0.1, 0.12 -0.28, 0.26 -0.56, 0.52 -0.66, 0.74 -0.5, 0.76 -0.26, 0.62 0.06, 0.5 0.32, 0.16 0.5, -0.24 0.44',
    ),
    coat,
  );
  pen.blob(at('0.64 -0.08, 0.5 0.3, 0.16 0.46, -0.1 0.4, 0.14 0.22, 0.4 0.02'), belly, { bare: true });
  pen.polygon(
    [
      [0.72, -0.5],
      [1.02, -0.36 + dice.between(-0.04, 0.04)],
      [0.74, -0.28],
    ],
    beak,
  );
  pen.line(at('0.74 -0.38, 0.94 -0.37'), lighter(beak, -0.2), 0.02);
  const lift = dice.between(-0.5, 0.08);
  pen.blob(
    [
      [0.2, -0.06],
      [0.12, 0.24],
      [-0.3, 0.3],
      [-0.78, 0.18 + lift],
      [-0.5, 0.02 + 0.5 * lift],
      [-0.16, -0.1],
    ],
    wing,
  );
  for (const row of [0.3, 0.55, 0.8]) {
    pen.curve(
      [
        [0.1 - 0.4 * row, -0.02 + 0.1 * row],
        [-0.08 - 0.45 * row, 0.22 + 0.4 * lift * row],
      ],
      lighter(wing, -0.1),
      0.03,
    );
  }
  drawEye(pen, dice, 0.54, -0.42, 0.1, tone(0.4, 0.06, 0.14), { iris: 0.9, open: 1 });
};

export const fish: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.74, 1], turn: 0.06 }));
  const skin = usual(dice, behind, [
    tone(0.72, 0.16, 0.16),
    tone(0.62, 0.12, 0.66),
    tone(0.85, 0.14, 0.28),
    tone(0.7, 0.1, 0.5),
    tone(0.62, 0.17, 0.07),
  ]);
  const fin = lighter(skin, skin.l > 0.45 ? -0.15 : 0.15);
  const mark = contrasting(dice, skin, 0.3);
  const h = dice.between(0.36, 0.52);
  pen.blob(at('-0.5 0, -0.86 -0.48, -1.0 -0.5, -0.86 0, -1.0 0.5, -0.86 0.48'), fin);
  pen.blob(
    [
      [-0.42, -h * 0.5],
      [-0.3, -h * 1.45],
      [0.1, -h * 1.6],
      [0.32, -h * 0.8],
    ],
    fin,
  );
  pen.blob(
    [
      [-0.3, h * 0.6],
      [-0.26, h * 1.4],
      [0.04, h * 1.15],
      [0.12, h * 0.8],
    ],
    fin,
  );
  for (const x of [-0.24, -0.08, 0.08])
    pen.line(
      [
        [x, -h * 0.95],
        [x - 0.06, -h * 1.35],
      ],
      lighter(fin, -0.1),
      0.025,
    );
  for (const y of [-0.3, 0, 0.3])
    pen.line(
      [
        [-0.62, y * 0.4],
        [-0.88, y],
      ],
      lighter(fin, -0.1),
      0.025,
    );
  pen.blob(
    [
      [-0.62, 0],
      [-0.3, -h * 0.75],
      [0.14, -h],
      [0.56, -h * 0.75],
      [0.86, 0.02],
      [0.56, h * 0.72],
      [0.14, h],
      [-0.3, h * 0.72],
    ],
    skin,
  );
  pen.blob(
    [
      [-0.3, h * 0.55],
      [0.14, h * 0.5],
      [0.74, h * 0.3],
      [0.52, h * 0.7],
      [0.14, h * 0.94],
    ],
    { flat: lighter(mixTones(skin, WHITE, 0.5), 0.02) },
    { bare: true, opacity: 0.8 },
  );
  const pattern = dice.whole(0, 3);
  if (pattern === 0) {
    for (const [x, share] of [
      [-0.26, 0.66],
      [0.02, 0.84],
      [0.28, 0.84],
    ] as const) {
      pen.curve(
        [
          [x, -h * share],
          [x + 0.08, 0],
          [x, h * share],
        ],
        mark,
        0.1,
        { butt: true },
      );
    }
  } else if (pattern === 1) {
    for (const [row, y] of [-0.5, -0.17, 0.17, 0.5].entries()) {
      for (let x = -0.36 + (row % 2) * 0.08; x < 0.3; x += 0.16) {
        pen.curve(arc(x, y * h, 0.075, h * 0.19, -0.25, 0.25, 4), fin, 0.026);
      }
    }
  } else if (pattern === 2) {
    for (let left = 8; left > 0; left--) {
      pen.disc(
        dice.between(-0.4, 0.3),
        dice.between(-0.5, 0.5) * h,
        dice.between(0.035, 0.07),
        { flat: mark },
        { bare: true },
      );
    }
  }
  pen.curve(arc(0.34, 0, 0.12, h * 0.68, -0.25, 0.25, 5), fin, 0.045);
  pen.blob(at('0.2 0.06, -0.06 0.02, -0.12 0.22, 0.14 0.2'), fin);
  drawEye(pen, dice, 0.58, -h * 0.24, 0.115, tone(0.35, 0.04, 0.2), { iris: 0.74, open: 1 });
  pen.curve(at('0.84 0.08, 0.76 0.13, 0.68 0.11'), lighter(skin, -0.25), 0.04);
};

export const butterfly: FigureDrawer = (pen, dice, behind) => {
  pen.place(anyPlacement(dice, { size: [0.74, 1.02], turn: 0.12 }));
  const wing = usual(dice, behind, [
    tone(0.72, 0.16, 0.18),
    tone(0.6, 0.13, 0.7),
    tone(0.88, 0.13, 0.29),
    tone(0.9, 0.02, 0.25),
    tone(0.58, 0.15, 0.85),
  ]);
  const hem = apartFrom(wing, near(dice, tone(0.22, 0.03, 0.1)), 0.3);
  const spot = contrasting(dice, wing, 0.28);
  const [tip, tail] = [dice.between(-0.06, 0.06), dice.between(-0.06, 0.1)];
  const upper: readonly Point[] = [
    [0.05, -0.14],
    [0.26, -0.62],
    [0.66, -0.84 + tip],
    [0.97, -0.74 + tip],
    [0.9, -0.3],
    [0.56, 0.02],
    [0.1, 0.02],
  ];
  const lower: readonly Point[] = [
    [0.06, 0],
    [0.5, 0.04],
    [0.76, 0.26],
    [0.72, 0.6],
    [0.5, 0.82 + tail],
    [0.24, 0.62],
    [0.06, 0.2],
  ];
  const shrunk = (points: readonly Point[], by: number): Point[] => {
    const [cx, cy] = [0, 1].map(
      (at) => points.reduce((sum, point) => sum + point[at]!, 0) / points.length,
    ) as [number, number];
    return points.map(([x, y]): Point => [cx + by * (x - cx), cy + by * (y - cy)]);
  };
  const eyed = dice.chance(0.7);
  const lowerFill = dice.chance(0.5) ? wing : near(dice, spot);
  for (const side of SIDES) {
    pen.blob(mirrored(lower, side), hem);
    pen.blob(mirrored(shrunk(lower, 0.8), side), lowerFill, { bare: true });
    pen.blob(mirrored(upper, side), hem);
    pen.blob(mirrored(shrunk(upper, 0.8), side), wing, { bare: true });
    for (const [x, y] of [
      [0.5, -0.62],
      [0.72, -0.36],
      [0.44, -0.12],
    ] as const) {
      pen.line(
        [
          [side * 0.08, -0.1],
          [side * x, y],
        ],
        hem,
        0.025,
        { opacity: 0.7 },
      );
    }
    if (eyed) {
      pen.disc(side * 0.64, -0.5, 0.16, { flat: spot }, { bare: true });
      pen.disc(side * 0.64, -0.5, 0.085, { flat: hem }, { bare: true });
      pen.disc(side * 0.61, -0.53, 0.03, { flat: WHITE }, { bare: true });
    }
    pen.disc(side * 0.48, 0.44, 0.12, { flat: spot }, { bare: true });
    pen.disc(side * 0.48, 0.44, 0.055, { flat: hem }, { bare: true });
    for (const [x, y] of [
      [0.9, -0.66],
      [0.87, -0.46],
      [0.8, -0.28],
    ] as const)
      pen.disc(side * x, y + tip, 0.03, { flat: WHITE }, { bare: true });
    pen.curve(
      [
        [0, -0.44],
        [side * 0.1, -0.7],
        [side * 0.28, -0.86],
      ],
      INK,
      0.03,
    );
    pen.disc(side * 0.28, -0.86, 0.035, { flat: INK }, { bare: true });
  }
  pen.oval(0, 0.06, 0.075, 0.5, tone(0.28, 0.03, 0.12));
  pen.disc(0, -0.44, 0.1, tone(0.28, 0.03, 0.12));
};
