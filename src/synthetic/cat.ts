/** A tabby cat that looks at the viewer, 400 wide and 320 high: fur by the hair, light from the upper left. */
import { rasterise } from '../image/rasterise.ts';
import { clamp, length, smoothstep } from './arithmetic.ts';
import { blank, blur, type Canvas, eachPixel, hills } from './canvas.ts';
import { catFeatures } from './cat-features.ts';
import { diceFrom, type Dice } from './dice.ts';
import { brush, type Coat } from './fur.ts';
import type { Drawn } from './patterns.ts';
import { type Point, SIDES } from './points.ts';
import { cssOf, lighter, mixTones, rgbOf, tone, type Tone } from './tone.ts';

/** Raised whenever the same size gives another image. */
export const CAT_VERSION = 1;

const WIDTH = 400;
const HEIGHT = 320;
/** The bridge of the nose: the head's parts are placed from here. */
const HEAD = { x: 196, y: 184 } as const;

const GREY = tone(0.6, 0.045, 0.17);
const DARK = tone(0.25, 0.028, 0.14);
const PALE = tone(0.9, 0.022, 0.2);
const RUST = tone(0.58, 0.085, 0.145);

/** @param size [height, width]; what does not fit the proportions 4:5 is cut off evenly */
export async function drawCat(size: readonly [number, number] = [HEIGHT, WIDTH]): Promise<Drawn<3>> {
  const [height, width] = size;
  const dice = diceFrom('portrait of a cat');
  const wobble = hills(dice, HEIGHT, WIDTH, 16);
  const uneven = (x: number, y: number): number =>
    wobble[clamp(Math.round(y), 0, HEIGHT - 1) * WIDTH + clamp(Math.round(x), 0, WIDTH - 1)]!;

  const parts = [
    skin([
      [6, 152, 132, 106, DARK],
      [6, 92, 84, 72, DARK],
      [0, 120, 40, 60, lighter(PALE, -0.2)],
    ]),
    brush(dice, body(uneven)),
    ...SIDES.map((side) => ear(dice, side)),
    skin([
      [0, -10, 82, 70, lighter(GREY, -0.08)],
      [0, 26, 91, 47, lighter(GREY, -0.08)],
      [0, 56, 36, 32, lighter(PALE, -0.1)],
    ]),
    brush(dice, head(uneven)),
    catFeatures(dice, HEAD),
  ];
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${WIDTH} ${HEIGHT}" ` +
    `preserveAspectRatio="xMidYMid slice">${parts.join('')}</svg>`;
  const { rgba } = await rasterise(svg);
  const canvas = room(dice, height, width);
  const { data } = canvas;
  const out = new Uint8Array(data.length);
  eachPixel(canvas, (pixel, x, y) => {
    const opacity = rgba[4 * pixel + 3]! / 255;
    const vignette = 1 - 0.16 * smoothstep(0.8, 1.6, length(x + 0.15, y));
    for (let channel = 0; channel < 3; channel++) {
      const at = 3 * pixel + channel;
      const value = data[at]! + (rgba[4 * pixel + channel]! - data[at]!) * opacity;
      out[at] = clamp(Math.round(value * vignette + dice.between(-2.5, 2.5)), 0, 255);
    }
  });
  return { height, width, channels: 3, data: out };
}

/** What shows between the hairs: ellipses around the middle of the head, [x, y, rx, ry, colour]. */
function skin(parts: readonly (readonly [number, number, number, number, Tone])[]): string {
  return parts
    .map(
      ([x, y, rx, ry, color]) =>
        `<ellipse cx="${HEAD.x + x}" cy="${HEAD.y + y}" rx="${rx}" ry="${ry}" fill="${cssOf(color)}"/>`,
    )
    .join('');
}

type Uneven = (x: number, y: number) => number;

const within = (x: number, y: number, rx: number, ry: number): number =>
  (1 - length(x / rx, y / ry)) * Math.min(rx, ry);

/** 1 on a line, 0 further than `half` away from it. */
const band = (distance: number, half: number): number =>
  1 - smoothstep(0.45 * half, half, Math.abs(distance));

function head(uneven: Uneven): Coat {
  const inside = (x: number, y: number): number => {
    const [dx, dy] = [x - HEAD.x, y - HEAD.y];
    return Math.max(within(dx, dy + 12, 85, 74), within(dx, dy - 24, 94, 50), within(dx, dy - 58, 38, 34));
  };
  return {
    bounds: { left: HEAD.x - 98, top: HEAD.y - 86, right: HEAD.x + 98, bottom: HEAD.y + 94 },
    inside,
    spacing: 2,
    width: 1.7,
    // Roots near the nose lie on top.
    rank: (x, y) => -length(x - HEAD.x, (y - HEAD.y - 22) * 1.1),
    flow(x, y) {
      const [dx, dy] = [x - HEAD.x, y - HEAD.y - 22];
      const away = length(dx, dy) + 1e-6;
      const long = 4 + 9 * smoothstep(15, 95, away) + 5 * smoothstep(60, 95, Math.abs(dx));
      const fall = 0.3 * smoothstep(-10, 60, dy + 10);
      const [fx, fy] = [dx / away, dy / away + fall];
      const norm = length(fx, fy) + 1e-6;
      return [(long * fx) / norm, (long * fy) / norm];
    },
    tone(x, y) {
      const bent = 3.2 * uneven(x, y);
      return lit(x, y, tabby(x - HEAD.x + bent, y - HEAD.y + 0.8 * bent), smoothstep(0, 26, inside(x, y)));
    },
  };
}

/** Colours of a face, from the bridge of the nose. */
function tabby(x: number, y: number): Tone {
  const side = Math.abs(x);
  const up = -y - 26;
  const spread = 1 + Math.max(0, up) / 75;
  let dark = 0;
  for (const [base, half] of [
    [0, 3.4],
    [12.5, 4],
    [26, 4.6],
    [41, 5],
  ] as const) {
    dark = Math.max(dark, band(side - base * spread, half * spread) * smoothstep(2, 14, up - base * 0.15));
  }
  for (const [row, from] of [
    [-2, 60],
    [17, 56],
    [37, 54],
  ] as const) {
    const line = y - row - (side - 56) * 0.22 - ((side - 56) * (side - 56)) / 300;
    dark = Math.max(dark, band(line, 4.8) * smoothstep(from, from + 10, side));
  }
  // Lines beside the nose, and those that lengthen the eyes.
  dark = Math.max(
    dark,
    0.6 * band(side - 14 - 0.12 * (y - 10), 4) * smoothstep(4, 12, y) * (1 - smoothstep(26, 34, y)),
  );
  let color = mixTones(GREY, RUST, 0.8 * smoothstep(0, 14, within(x, y - 14, 17, 36)));
  const pale = Math.max(
    smoothstep(0, 9, within(side - 17, y - 52, 28, 22)),
    smoothstep(0, 9, within(x, y - 74, 30, 24)),
    0.85 * smoothstep(0, 5, within(side - 34, y + 23, 17, 8)),
    0.7 * smoothstep(0, 6, within(side - 40, y - 16, 26, 11)),
  );
  color = mixTones(color, PALE, pale);
  return mixTones(color, DARK, dark * (1 - 0.85 * pale));
}

function body(uneven: Uneven): Coat {
  const cx = HEAD.x + 6;
  const cy = HEAD.y + 152;
  const inside = (x: number, y: number): number =>
    Math.max(within(x - cx, y - cy, 138, 112), within(x - cx, y - cy + 60, 92, 80));
  return {
    bounds: { left: 30, top: HEAD.y - 10, right: 372, bottom: HEIGHT + 12 },
    inside,
    spacing: 2.5,
    width: 2.1,
    rank: (_, y) => -y,
    flow(x, y) {
      const aside = (x - cx) / 120;
      return [9 * aside + 2 * uneven(x, y), 14 - 3 * Math.abs(aside)];
    },
    tone(x, y) {
      const bent = 7 * uneven(x, y);
      const [dx, dy] = [x - cx + bent, y - cy + 70];
      const ringed = length(dx * 0.8, dy) + 0.5 * bent;
      const chest = smoothstep(0, 26, within(x - HEAD.x + 0.7 * bent, y - HEAD.y - 112, 52, 74));
      const stripe = band((ringed % 27) - 13.5, 8) * smoothstep(35, 60, Math.abs(dx));
      const color = mixTones(mixTones(GREY, DARK, 0.9 * stripe), PALE, chest);
      const shade =
        0.3 * (1 - smoothstep(-6, 46, -Math.max(within(x - HEAD.x - 5, y - HEAD.y - 28, 98, 66), -60)));
      return lighter(lit(x, y, color, smoothstep(0, 40, inside(x, y))), -shade - 0.03);
    },
  };
}

/** Brighter towards the light, darker where the form turns away. */
function lit(x: number, y: number, color: Tone, facing: number): Tone {
  const across = (-0.075 * (x - HEAD.x)) / 90;
  const down = (-0.07 * (y - HEAD.y)) / 90;
  return { ...color, l: clamp(color.l + across + down - 0.1 * (1 - facing), 0.06, 0.97) };
}

/** The outer edge, the pink inside, and long hairs that grow across it. */
function ear(dice: Dice, side: 1 | -1): string {
  const place = ([x, y]: Point): Point => [HEAD.x + side * x, HEAD.y + y];
  const tip = place([89, -134]);
  const inner = place([19, -68]);
  const outer = place([86, -38]);
  const edge = ([ax, ay]: Point, [bx, by]: Point, x: number, y: number): number =>
    (side * ((bx - ax) * (y - ay) - (by - ay) * (x - ax))) / length(bx - ax, by - ay);
  const inside = (x: number, y: number): number =>
    // Sides bulge a little: a distance that is largest half-way up.
    Math.min(edge(inner, tip, x, y), edge(tip, outer, x, y)) + 5 * band(y - HEAD.y + 74, 44);
  const bounds = { left: HEAD.x - 106, top: HEAD.y - 142, right: HEAD.x + 106, bottom: HEAD.y - 26 };
  const flow = (x: number, y: number): Point => [0.09 * (tip[0] - x) + side * 1.5, -6 + 0.03 * (tip[1] - y)];
  const hollow = (x: number, y: number) => smoothstep(6, 15, inside(x, y) - 1);
  const back = brush(dice, {
    bounds,
    inside: (x, y) => (side * (x - HEAD.x) > 12 ? inside(x, y) : -1),
    spacing: 1.9,
    width: 1.9,
    rank: (_, y) => y,
    flow,
    tone(x, y) {
      const rim = mixTones(GREY, DARK, 0.35 + 0.4 * smoothstep(40, 95, HEAD.y - y - 30));
      const skin = mixTones(tone(0.66, 0.075, 0.06), tone(0.42, 0.06, 0.06), smoothstep(70, 30, HEAD.y - y));
      return lit(x, y, mixTones(rim, skin, hollow(x, y)), 1);
    },
  });
  const tufts = brush(dice, {
    bounds,
    inside: (x, y) => {
      const deep = inside(x, y);
      const nearInner = edge(inner, tip, x, y);
      return deep > 3 && nearInner < 13 && y > HEAD.y - 108 ? 1 : -1;
    },
    spacing: 4.2,
    width: 1.3,
    rank: (_, y) => -y,
    flow: (_, y) => [side * (13 + 0.12 * (HEAD.y - y)), -7 - 0.08 * (HEAD.y - y)],
    tone: (x, y) => lit(x, y, lighter(PALE, -0.04), 1),
  });
  return back + tufts;
}

/** A room out of focus: a window's light on the left, plants, warm wood below. */
function room(dice: Dice, height: number, width: number): Canvas {
  const canvas = blank(height, width);
  const { data } = canvas;
  const mood = hills(dice, height, width, 4);
  const [wall, glow, wood] = [tone(0.42, 0.045, 0.5), tone(0.86, 0.05, 0.27), tone(0.42, 0.06, 0.15)].map(
    rgbOf,
  );
  eachPixel(canvas, (pixel, x, y) => {
    const light = clamp(1.1 - length((x + 1.15) * 0.8, y + 0.75) * 0.72 + 0.1 * mood[pixel]!);
    const floor = smoothstep(0.5, 0.95, y + 0.05 * mood[pixel]!);
    for (let channel = 0; channel < 3; channel++) {
      const far = wall![channel]! * (0.75 + 0.15 * mood[pixel]!);
      const back = far + (glow![channel]! - far) * light * light;
      data[3 * pixel + channel] = back + (wood![channel]! * (0.6 + 0.7 * light) - back) * floor;
    }
  });
  for (let left = 34; left > 0; left--) {
    const color = rgbOf(
      dice.pick(
        tone(0.72, 0.09, 0.34),
        tone(0.6, 0.1, 0.4),
        tone(0.9, 0.06, 0.27),
        tone(0.78, 0.09, 0.2),
        tone(0.62, 0.06, 0.6),
      ),
    );
    const [cx, cy, r] = [dice.between(-1.3, 1.3), dice.between(-1.1, 0.45), dice.between(0.06, 0.2)];
    const opacity = dice.between(0.08, 0.32);
    eachPixel(canvas, (pixel, x, y) => {
      const away = length(x - cx, y - cy);
      if (away > r * 1.1) return;
      // Discs of light have a bright rim where a lens is wide open.
      const share =
        opacity *
        (1 - smoothstep(0.9 * r, 1.05 * r, away)) *
        (0.75 + 0.35 * smoothstep(0.6 * r, 0.95 * r, away));
      for (let at = 3 * pixel, channel = 0; channel < 3; channel++, at++) {
        data[at]! += (color[channel]! - data[at]!) * share;
      }
    });
  }
  blur(data, height, width, 3, (1.6 * Math.min(height, width)) / HEIGHT);
  return canvas;
}
