/** Eyes, nose, mouth and whiskers of the portrait. */
import { cosine, sine, TURN } from './arithmetic.ts';
import type { Dice } from './dice.ts';
import { hair } from './fur.ts';
import type { Point } from './points.ts';
import { cssOf, tone } from './tone.ts';

/** SVG elements, in pixels of the drawing. */
export function catFeatures(dice: Dice, head: { readonly x: number; readonly y: number }): string {
  const eyes = ([-1, 1] as const).map(
    (side) => `<g transform="translate(${head.x + side * 37} ${head.y - 3})">${eye(dice, side)}</g>`,
  );
  return `${definitions}${eyes.join('')}<g transform="translate(${head.x} ${head.y + 38})">${nose(dice)}</g>${whiskers(dice, head)}`;
}

const gradient = (
  id: string,
  more: string,
  stops: readonly (readonly [number, ReturnType<typeof tone>, number?])[],
) =>
  `<radialGradient id="${id}" ${more}>${stops
    .map(
      ([offset, color, opacity = 1]) =>
        `<stop offset="${offset}" stop-color="${cssOf(color)}" stop-opacity="${opacity}"/>`,
    )
    .join('')}</radialGradient>`;

const definitions = `<defs>${gradient('iris', 'cx="0.5" cy="0.58" r="0.56"', [
  [0, tone(0.83, 0.15, 0.27)],
  [0.35, tone(0.78, 0.155, 0.31)],
  [0.75, tone(0.62, 0.13, 0.36)],
  [1, tone(0.3, 0.06, 0.4)],
])}${gradient('nose', 'cx="0.42" cy="0.3" r="0.75"', [
  [0, tone(0.78, 0.075, 0.05)],
  [0.6, tone(0.63, 0.085, 0.05)],
  [1, tone(0.4, 0.06, 0.05)],
])}${gradient('lid', 'cx="0.5" cy="1.05" r="1.05"', [
  [0.55, tone(0, 0, 0), 0],
  [1, tone(0, 0, 0), 0.62],
])}</defs>`;

/** An almond, its inner corner lower: x towards the outer side. */
const almond = (side: number, grow: number): string => {
  const p = (x: number, y: number) =>
    `${Math.round(10 * side * x * grow) / 10} ${Math.round(10 * y * grow) / 10}`;
  return `M${p(-22, 9)}C${p(-15, -8)} ${p(-5, -18)} ${p(6, -17.5)}C${p(15, -17)} ${p(21, -9)} ${p(24, -4)}C${p(21, 8)} ${p(13, 15.5)} ${p(2, 16)}C${p(-8, 16)} ${p(-15, 12)} ${p(-22, 9)}Z`;
};

function eye(dice: Dice, side: 1 | -1): string {
  const fibres = Array.from({ length: 90 }, (_, index) => {
    const angle = TURN * ((index + dice.between(-0.4, 0.4)) / 90);
    const [from, to] = [dice.between(5.5, 8), dice.between(12, 18)];
    const [c, s] = [cosine(angle), sine(angle)];
    const color = dice.chance(0.5) ? tone(0.92, 0.11, 0.28) : tone(0.45, 0.09, 0.35);
    return hair(from * c, from * s, [(to - from) * c, (to - from) * s], 0.9, color, 0.35);
  }).join('');
  const ink = cssOf(tone(0.13, 0.015, 0.1));
  return (
    `<clipPath id="almond${side}"><path d="${almond(side, 1)}"/></clipPath>` +
    `<path d="${almond(side, 1.17)}" fill="${ink}"/>` +
    `<g clip-path="url(#almond${side})">` +
    `<rect x="-30" y="-30" width="60" height="60" fill="${cssOf(tone(0.42, 0.07, 0.33))}"/>` +
    `<circle cx="${side * 1.5}" r="18.5" fill="url(#iris)"/><g transform="translate(${side * 1.5} 0)">${fibres}</g>` +
    `<circle cx="${side * 1.5}" r="18.3" fill="none" stroke="${cssOf(tone(0.25, 0.05, 0.38))}" stroke-width="1.4"/>` +
    `<path transform="translate(${side * 1.5} 0)" d="M0 -15.5C6.4 -8 6.4 8 0 15.5C-6.4 8 -6.4 -8 0 -15.5Z" fill="${cssOf(tone(0.08, 0.01, 0.5))}"/>` +
    `<path d="${almond(side, 1.02)}" fill="url(#lid)"/>` +
    // A window in the upper left, and its light on the lower right of the iris.
    `<path d="M-9.5 -9.5L-3.5 -11L-3 -3.5L-8.5 -2.5Z" fill="#fff" opacity="0.95"/>` +
    `<path d="M-6.4 -10.3L-5.7 -3M-9 -6.2L-3.2 -7.2" stroke="${cssOf(tone(0.35, 0.04, 0.4))}" stroke-width="0.8"/>` +
    `<ellipse cx="8" cy="7.5" rx="4.6" ry="2.4" fill="#fff" opacity="0.28" transform="rotate(-38 8 7.5)"/>` +
    `</g>` +
    `<path d="${almond(side, 1.02)}" fill="none" stroke="${cssOf(tone(0.8, 0.04, 0.08))}" stroke-width="0.7" opacity="0.5"/>`
  );
}

function nose(dice: Dice): string {
  const dark = cssOf(tone(0.24, 0.035, 0.06));
  const line = (d: string, width: number, opacity = 1) =>
    `<path d="${d}" fill="none" stroke="${dark}" stroke-width="${width}" stroke-linecap="round" opacity="${opacity}"/>`;
  const pads = [-1, 1].flatMap((side) =>
    [
      [14, 13],
      [20, 10],
      [27, 11],
      [15, 19],
      [22, 17],
      [29, 18],
    ].map(
      ([x, y]) =>
        `<circle cx="${side * x! + dice.between(-1, 1)}" cy="${y}" r="1.15" fill="${dark}" opacity="0.75"/>`,
    ),
  );
  return (
    `<path d="M-13 -7C-8 -10.5 8 -10.5 13 -7C15 -3 7 5.5 0 8.5C-7 5.5 -15 -3 -13 -7Z" fill="url(#nose)" stroke="${dark}" stroke-width="1.3"/>` +
    `<path d="M-10 -1.5C-8 -5 -4 -4 -3.4 -0.6C-5 2 -8 1.8 -10 -1.5ZM10 -1.5C8 -5 4 -4 3.4 -0.6C5 2 8 1.8 10 -1.5Z" fill="${dark}" opacity="0.9"/>` +
    `<ellipse cx="-3" cy="-6.6" rx="5" ry="1.4" fill="#fff" opacity="0.45"/>` +
    line('M0 8.5L0 17', 1.7) +
    line('M0 17C-4 23 -13 25 -21 20', 1.9) +
    line('M0 17C4 23 13 25 21 20', 1.9) +
    line('M-9 27C-4 30 4 30 9 27', 1.6, 0.4) +
    pads.join('')
  );
}

function whiskers(dice: Dice, { x, y }: { readonly x: number; readonly y: number }): string {
  const white = tone(0.97, 0.01, 0.2);
  const all: string[] = [];
  const whisker = (root: Point, tip: Point, width: number) => {
    const n = (value: number) => Math.round(value * 10) / 10;
    const [mx, my] = [(root[0] + tip[0]) / 2, (root[1] + tip[1]) / 2 - dice.between(7, 15)];
    all.push(
      `<path d="M${n(root[0])} ${n(root[1] - width / 2)}Q${n(mx)} ${n(my)} ${n(tip[0])} ${n(tip[1])}Q${n(mx)} ${n(my + width * 0.9)} ${n(root[0])} ${n(root[1] + width / 2)}Z" fill="${cssOf(white)}" opacity="0.92"/>`,
    );
  };
  for (const side of [-1, 1]) {
    for (const [rx, ry, tx, ty] of [
      [14, 51, 112, 14],
      [20, 48, 134, 34],
      [27, 49, 142, 52],
      [15, 57, 132, 72],
      [22, 55, 122, 90],
      [29, 56, 100, 104],
    ] as const) {
      whisker(
        [x + side * rx, y + ry],
        [x + side * (tx + dice.between(-8, 8)), y + ty + dice.between(-6, 6)],
        1.7,
      );
    }
    for (const [tx, ty] of [
      [52, -78],
      [66, -70],
      [44, -86],
    ] as const) {
      whisker([x + side * 34, y - 27], [x + side * (tx + dice.between(-4, 4)), y + ty], 1.1);
    }
  }
  return all.join('');
}
