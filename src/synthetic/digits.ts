/** Digits as MNIST has them, white on black: written by hand in several ways, or set in type, and then bent. */
import { rasterise } from '../image/rasterise.ts';
import { CAP_HEIGHT, textOutline } from '../image/text.ts';
import { blur, hills } from './canvas.ts';
import { diceFrom, type Dice } from './dice.ts';
import type { Drawn, PatternOptions } from './patterns.ts';
import { anyPlacement, createPen, type Pen } from './pen.ts';
import { arc, at, type Point } from './points.ts';
import { tone } from './tone.ts';

/** Raised whenever the same digit, number, seed and size give another image. */
export const DIGITS_VERSION = 1;

/** The smooth strokes of one way to write a digit; the pen may be lifted, or turn a corner, between them. */
type Strokes = readonly (readonly Point[])[];

const closed = (points: readonly Point[]): Point[] => [...points, points[0]!, points[1]!];

/** For each digit the ways it is written. */
const variants: readonly (readonly [Strokes, ...Strokes[]])[] = [
  [[closed(arc(0, 0, 0.52, 0.9, 0.75, 1.65, 10))], [[...arc(0, 0, 0.56, 0.88, 0.8, 1.8, 12), [0.22, -0.62]]]],
  [
    [at('0 -0.9, 0 0, 0 0.9')],
    [at('-0.32 -0.52, -0.1 -0.7, 0.08 -0.9'), at('0.08 -0.9, 0.06 0, 0.04 0.9')],
    [at('-0.34 -0.5, 0.04 -0.9'), at('0.04 -0.9, 0.04 0.88'), at('-0.38 0.88, 0.44 0.88')],
  ],
  [
    [
      at('-0.5 -0.46, -0.3 -0.82, 0.12 -0.9, 0.46 -0.62, 0.4 -0.2, 0 0.3, -0.52 0.86'),
      at('-0.52 0.86, 0.56 0.84'),
    ],
    [
      at(
        '-0.48 -0.56, -0.1 -0.9, 0.4 -0.7, 0.44 -0.3, 0.06 0.3, -0.36 0.82, -0.56 0.72, -0.4 0.5, -0.1 0.64, 0.22 0.86, 0.58 0.72',
      ),
    ],
  ],
  [
    [
      at('-0.46 -0.7, 0 -0.92, 0.42 -0.62, 0.3 -0.18, -0.1 -0.04'),
      at('-0.1 -0.04, 0.36 0.08, 0.52 0.48, 0.14 0.88, -0.5 0.72'),
    ],
    [
      at('-0.46 -0.86, 0.44 -0.86'),
      at('0.44 -0.86, -0.04 -0.14'),
      at('-0.04 -0.14, 0.4 -0.02, 0.5 0.46, 0.1 0.88, -0.5 0.72'),
    ],
  ],
  [
    [at('0.26 -0.9, -0.2 -0.3, -0.56 0.24'), at('-0.56 0.24, 0.58 0.24'), at('0.26 -0.9, 0.26 0, 0.26 0.9')],
    [
      at('-0.44 -0.86, -0.48 -0.4, -0.46 0.02'),
      at('-0.46 0.02, 0.44 -0.02'),
      at('0.42 -0.86, 0.4 0, 0.36 0.9'),
    ],
    [at('-0.3 -0.9, -0.52 0.16'), at('-0.52 0.16, 0.56 0.1'), at('0.24 -0.4, 0.12 0.9')],
  ],
  [
    [
      at('0.46 -0.86, -0.36 -0.86'),
      at('-0.36 -0.86, -0.42 -0.16'),
      at('-0.42 -0.16, 0.02 -0.3, 0.48 0.02, 0.42 0.6, 0 0.88, -0.48 0.7'),
    ],
    [at('0.5 -0.9, -0.26 -0.82'), at('-0.26 -0.82, -0.34 -0.2, 0.2 -0.14, 0.46 0.3, 0.2 0.8, -0.46 0.78')],
  ],
  [
    [at('0.36 -0.88, -0.14 -0.6, -0.48 0, -0.46 0.56, -0.04 0.88, 0.42 0.64, 0.44 0.2, 0.04 0, -0.4 0.28')],
    [at('0.1 -0.92, -0.36 -0.2, -0.44 0.5, -0.1 0.86, 0.36 0.74, 0.4 0.3, 0.1 0.08, -0.36 0.4')],
  ],
  [
    [at('-0.5 -0.84, 0.52 -0.84'), at('0.52 -0.84, 0.14 0, -0.12 0.9')],
    [at('-0.5 -0.82, 0.5 -0.86'), at('0.5 -0.86, 0.06 0.1, -0.1 0.9'), at('-0.26 0, 0.44 -0.04')],
    [
      at('-0.52 -0.6, -0.48 -0.84'),
      at('-0.48 -0.84, 0.1 -0.76, 0.52 -0.86'),
      at('0.52 -0.86, 0.2 -0.1, 0.06 0.9'),
    ],
  ],
  [
    [
      at(
        '0.4 -0.62, 0.02 -0.9, -0.4 -0.6, -0.16 -0.14, 0.28 0.12, 0.46 0.52, 0 0.9, -0.46 0.52, -0.22 0.1, 0.2 -0.2, 0.42 -0.58',
      ),
    ],
    [closed(arc(0, -0.46, 0.36, 0.42, 0.75, 1.65, 9)), closed(arc(0, 0.44, 0.46, 0.46, 0.75, 1.65, 9))],
  ],
  [
    [at('0.4 -0.36, 0.02 0, -0.42 -0.2, -0.36 -0.72, 0.04 -0.9, 0.42 -0.6, 0.44 -0.2, 0.36 0.4, 0.2 0.9')],
    [closed(arc(-0.04, -0.44, 0.4, 0.44, 0, 0.9, 9)), at('0.36 -0.8, 0.34 0.2, 0.28 0.9')],
    [at('0.42 -0.5, 0.1 -0.04, -0.4 -0.24, -0.3 -0.76, 0.1 -0.9, 0.42 -0.56, 0.4 0.3, 0.1 0.86, -0.4 0.76')],
  ],
];

const LIGHT = tone(1, 0, 0);

/**
 * The `index`-th image of a digit. The same arguments give the same bytes on every Node version.
 * @param digit 0..9
 * @param options.size default [28, 28]
 */
export async function drawDigit(
  digit: number,
  index: number,
  {
    size: [height, width] = [28, 28],
    seed,
  }: Partial<Pick<PatternOptions, 'size'>> & { readonly seed: number },
): Promise<Drawn<1>> {
  const written = variants[digit];
  if (!written) throw new RangeError(`${digit} is not a digit`);
  const dice = diceFrom(`digit ${seed} ${digit} ${index}`);
  const pen = createPen({ shaded: false, light: [0, -1] });
  pen.place(placement(dice));
  if (dice.chance(0.75)) write(pen, dice, dice.pick(...written));
  else typeset(pen, dice, digit);
  const { rgba } = await rasterise(pen.svg(height, width));
  const ink = Float32Array.from({ length: height * width }, (_, at) => rgba[4 * at + 3]!);
  return { height, width, channels: 1, data: develop(dice, ink, height, width) };
}

/** Smaller than the image by MNIST's margin, leaning, turned and not quite in the middle. */
function placement(dice: Dice): Parameters<Pen['place']>[0] {
  const { matrix } = anyPlacement(dice, { size: [0.55, 0.71], turn: 0.035, flip: false });
  const lean = dice.between(-0.1, 0.33);
  const [a, b, c, d, e, f] = matrix;
  return { matrix: [a, b, c - lean * a, d - lean * b, 0.28 * e, 0.28 * f] };
}

function write(pen: Pen, dice: Dice, way: Strokes): void {
  const width = dice.between(0.13, 0.3);
  const shake = dice.between(0.01, 0.07);
  const wide = dice.between(0.8, 1.15);
  const bend = bending(dice, 0.12);
  // Where two strokes meet they move together.
  const moved = new Map<string, Point>();
  for (const stroke of way) {
    const points = stroke.map(([x, y]): Point => {
      const key = `${x} ${y}`;
      const known = moved.get(key);
      if (known) return known;
      const [bx, by] = bend(x, y);
      const point: Point = [wide * bx + dice.between(-shake, shake), by + dice.between(-shake, shake)];
      moved.set(key, point);
      return point;
    });
    pen.curve(points, LIGHT, width);
  }
}

function typeset(pen: Pen, dice: Dice, digit: number): void {
  const size = 1.8 / CAP_HEIGHT;
  const weight = dice.chance(0.5) ? 600 : 400;
  const { path } = textOutline(String(digit), 0, 90, { size: 100 * size, weight }, 'middle');
  const bend = bending(dice, 0.1);
  const bent = path.replace(/(-?[\d.]+) (-?[\d.]+)/g, (_, x: string, y: string) =>
    bend(Number(x) / 100, Number(y) / 100)
      .map((value) => Math.round(value * 10000) / 100)
      .join(' '),
  );
  pen.path(bent, { flat: LIGHT });
}

/** A smooth map of the plane onto itself. */
function bending(dice: Dice, amount: number): (x: number, y: number) => Point {
  const cells = 24;
  const [across, down] = [hills(dice, cells, cells, 2.2), hills(dice, cells, cells, 2.2)];
  const place = (value: number) =>
    Math.max(0, Math.min(cells - 1, Math.round(((value + 1.2) / 2.4) * (cells - 1))));
  return (x, y) => {
    const cell = place(y) * cells + place(x);
    return [x + amount * across[cell]!, y + amount * down[cell]!];
  };
}

/** Ink of uneven strength, a little blurred, on a ground that is not always black. */
function develop(dice: Dice, ink: Float32Array, height: number, width: number): Uint8Array {
  if (dice.chance(0.6)) blur(ink, height, width, 1, (dice.between(0.3, 0.65) * Math.min(height, width)) / 28);
  const strength = (255 * dice.between(0.75, 1)) / ink.reduce((most, value) => Math.max(most, value), 1);
  const noise = dice.chance(0.35) ? dice.between(2, 14) : 0;
  const out = new Uint8Array(height * width);
  for (let index = 0; index < out.length; index++) {
    const value =
      strength * ink[index]! + (noise === 0 ? 0 : noise * (dice.between(-1, 1) + dice.between(-1, 1)));
    out[index] = Math.max(0, Math.min(255, Math.round(value)));
  }
  return out;
}
