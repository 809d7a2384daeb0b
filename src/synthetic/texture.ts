/** What the textures share: a pattern's plane, bent and tilted, seen through the image. */
import { clamp, cosine, length, sine, smoothstep, TURN } from './arithmetic.ts';
import { drawBackground } from './background.ts';
import { blank, type Canvas, clouds, eachPixel, hills } from './canvas.ts';
import type { Dice } from './dice.ts';
import { anyTone, contrasting, mixTones, rgbOf, type Tone } from './tone.ts';

/** One place of a pattern. */
export interface Sample {
  /** 0 the first colour, 1 the second. */
  mix: number;
  /** How much of the third colour replaces the first. */
  third: number;
  /** Brightness, 1 as it is. */
  shade: number;
}

/** Fills `sample` (mix 0, third 0, shade 1 to begin with) for the place u, v of the plane, pixel `index` of the image. */
export type Sampler = (u: number, v: number, sample: Sample, index: number) => void;

export interface Texture {
  readonly sampler: Sampler;
  /** At most so far from upright, in turns; 0.5 is any direction. */
  readonly turn: number;
  /** How much the plane may be bent, in units. */
  readonly bend: number;
  readonly colors?: readonly [Tone, Tone, Tone];
}

/**
 * @param pixel side of a pixel in units (the shorter half of the image is 1): what edges have to be softened by
 */
export type TextureDrawer = (dice: Dice, pixel: number, size: readonly [number, number]) => Texture;

/** 0 outside, 1 inside, for a distance to the edge (positive inside) and the width of the edge. */
export const soft = (inside: number, width: number): number => clamp(inside / width + 0.5);

export function drawTexture(drawer: TextureDrawer, dice: Dice, height: number, width: number): Canvas {
  const { sampler, turn, bend, colors } = drawer(dice, 2 / Math.min(height, width), [height, width]);
  const [a, b, third] = colors ?? palette(dice);
  const [first, second, other] = [rgbOf(a), rgbOf(b), rgbOf(third)];
  const angle = TURN * dice.between(-turn, turn);
  const [c, s] = [cosine(angle), sine(angle)];
  const [tiltX, tiltY] = [dice.between(-0.22, 0.22), dice.between(-0.22, 0.22)];
  const bent = bend > 0 && dice.chance(0.5);
  const amount = dice.between(0.2, 1) * bend;
  const [bendX, bendY] = bent
    ? [hills(dice, height, width, 2.5), hills(dice, height, width, 2.5)]
    : [undefined, undefined];
  const canvas = blank(height, width);
  const { data } = canvas;
  const sample: Sample = { mix: 0.5, third: 0.5, shade: 0.5 };
  eachPixel(canvas, (index, x, y) => {
    const near = 1 + tiltX * x + tiltY * y;
    let u = (c * x + s * y) * near;
    let v = (c * y - s * x) * near;
    if (bendX) {
      u += amount * bendX[index]!;
      v += amount * bendY[index]!;
    }
    sample.mix = 0;
    sample.third = 0;
    sample.shade = 1;
    sampler(u, v, sample, index);
    const { mix, third: share, shade } = sample;
    for (let channel = 0; channel < 3; channel++) {
      const ground = first[channel]! + (other[channel]! - first[channel]!) * share;
      data[3 * index + channel] = (ground + (second[channel]! - ground) * mix) * shade;
    }
  });
  if (dice.chance(0.28)) cutOut(dice, canvas);
  return canvas;
}

function palette(dice: Dice): readonly [Tone, Tone, Tone] {
  const first = anyTone(dice);
  const second = contrasting(dice, first, 0.36);
  // Between the two in lightness, so that it never hides the pattern.
  const third = mixTones(first, { ...anyTone(dice), l: first.l }, dice.between(0.5, 1));
  return [first, second, third];
}

/** Leaves the texture inside a disc, a box or a patch only. */
function cutOut(dice: Dice, canvas: Canvas): void {
  const { height, width, data } = canvas;
  const { canvas: behind } = drawBackground(dice, height, width);
  const kind = dice.whole(0, 2);
  const radius = dice.between(0.62, 0.9);
  const [cx, cy] = [dice.between(-0.18, 0.18), dice.between(-0.18, 0.18)];
  const patch = kind === 2 ? clouds(dice, height, width) : undefined;
  const edge = 2 / Math.min(height, width);
  eachPixel(canvas, (index, x, y) => {
    const inside =
      kind === 0
        ? soft(radius - length(x - cx, y - cy), edge)
        : kind === 1
          ? soft(0.9 * radius - Math.max(Math.abs(x - cx), Math.abs(y - cy)), edge)
          : smoothstep(0.37, 0.42, patch![index]!);
    for (let at = 3 * index; at < 3 * index + 3; at++) {
      data[at] = behind.data[at]! + (data[at]! - behind.data[at]!) * inside;
    }
  });
}
