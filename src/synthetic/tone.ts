/**
 * Colours by lightness, chroma and hue (Oklab, Ottosson 2020), where equal steps of lightness look equal: what keeps figure and
 * ground apart without loud colours.
 */
import { clamp, cosine, sine, TURN } from './arithmetic.ts';
import type { Dice } from './dice.ts';

export interface Tone {
  /** 0 black .. 1 white */
  readonly l: number;
  /** 0 grey .. about 0.3; what sRGB cannot show is brought into it */
  readonly c: number;
  /** In turns: 0.08 red, 0.19 orange, 0.3 yellow, 0.4 green, 0.55 cyan, 0.7 blue, 0.85 violet */
  readonly h: number;
}

export const tone = (l: number, c: number, h: number): Tone => ({ l, c, h });

/** 8-bit sRGB, [red, green, blue]. */
export function rgbOf({ l, c, h }: Tone): [number, number, number] {
  const light = clamp(l);
  const [across, up] = [cosine(h * TURN), sine(h * TURN)];
  for (let chroma = Math.max(0, c); ; chroma *= 0.92) {
    const linear = linearOf(light, chroma * across, chroma * up);
    if (chroma < 0.004 || linear.every((x) => x > -0.001 && x < 1.001)) {
      return linear.map((x) => Math.round(255 * encode(clamp(x)))) as [number, number, number];
    }
  }
}

export function cssOf(color: Tone): string {
  return `#${rgbOf(color)
    .map((x) => x.toString(16).padStart(2, '0'))
    .join('')}`;
}

function linearOf(l: number, a: number, b: number): [number, number, number] {
  const cube = (x: number) => x * x * x;
  const long = cube(l + 0.3963377774 * a + 0.2158037573 * b);
  const medium = cube(l - 0.1055613458 * a - 0.0638541728 * b);
  const short = cube(l - 0.0894841775 * a - 1.291485548 * b);
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
}

/** sRGB's curve; x^(1/2.4) as the twelfth root of x^5. */
function encode(x: number): number {
  if (x <= 0.0031308) return 12.92 * x;
  const power = x * x * x * x * x;
  let root = 1;
  for (let step = 0; step < 40; step++) root -= (root - power / (root * root)) / 3;
  return 1.055 * Math.sqrt(Math.sqrt(root)) - 0.055;
}

export const lighter = ({ l, c, h }: Tone, by: number): Tone => ({ l: clamp(l + by, 0.02, 0.99), c, h });

export function mixTones(a: Tone, b: Tone, share: number): Tone {
  const x = (t: Tone) => t.c * cosine(t.h * TURN);
  const y = (t: Tone) => t.c * sine(t.h * TURN);
  const at = (f: (t: Tone) => number) => f(a) + (f(b) - f(a)) * share;
  const [ax, ay] = [at(x), at(y)];
  // The nearer one's hue will do for shadows and blends, and needs no arc tangent.
  return { l: at((t) => t.l), c: Math.sqrt(ax * ax + ay * ay), h: (share < 0.5 ? a : b).h };
}

/** Any colour; a quarter are nearly grey, few are loud. */
export function anyTone(dice: Dice): Tone {
  const h = dice.between(0, 1);
  const c = dice.chance(0.25) ? dice.between(0, 0.03) : dice.between(0.03, 0.16);
  return { l: dice.between(0.14, 0.95), c, h };
}

/** A colour around the one given. */
export function near(dice: Dice, { l, c, h }: Tone, spread = 1): Tone {
  return {
    l: clamp(l + spread * dice.between(-0.09, 0.09), 0.05, 0.97),
    c: Math.max(0, c * (1 + spread * dice.between(-0.35, 0.25))),
    h: h + spread * dice.between(-0.02, 0.02),
  };
}

/** The same colour moved in lightness until it is at least `apart` from another. */
export function apartFrom(other: Tone, color: Tone, apart: number): Tone {
  const difference = color.l - other.l;
  if (Math.abs(difference) >= apart) return color;
  const up = other.l + apart <= 0.96;
  const down = other.l - apart >= 0.1;
  const goesUp = up && (difference >= 0 || !down);
  return { ...color, l: clamp(goesUp ? other.l + apart : other.l - apart, 0.08, 0.97) };
}

/** Some other colour that stands out against one. */
export function contrasting(dice: Dice, other: Tone, apart = 0.32): Tone {
  return apartFrom(other, anyTone(dice), dice.chance(0.15) ? apart / 2 : apart);
}

/** One of the colours that such a thing has, or now and then (less often for a high `faith`) any at all. */
export function usual(
  dice: Dice,
  behind: Tone,
  among: readonly [Tone, ...Tone[]],
  { apart = 0.18, faith = 0.85 } = {},
): Tone {
  return apartFrom(behind, dice.chance(faith) ? near(dice, dice.pick(...among)) : anyTone(dice), apart);
}
