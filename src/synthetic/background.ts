import { clamp, cosine, length, sine, smoothstep, TURN } from './arithmetic.ts';
import { blank, blur, type Canvas, clouds, eachPixel, hills } from './canvas.ts';
import type { Dice } from './dice.ts';
import { anyTone, mixTones, near, rgbOf, tone, type Tone } from './tone.ts';

export interface Background {
  readonly canvas: Canvas;
  /** What a figure in the middle has to stand out against. */
  readonly tone: Tone;
}

/** Something for a figure to stand before: plain, sloping, cloudy, a landscape, or things out of focus. */
export function drawBackground(dice: Dice, height: number, width: number): Background {
  const first = anyTone(dice);
  const second = dice.chance(0.5) ? anyTone(dice) : near(dice, first, 2.5);
  const size = [height, width] as const;
  const throws = dice.between(0, 1);
  if (throws < 0.12) return { canvas: blend(first, first, size, () => 0), tone: first };
  if (throws < 0.38) return { canvas: slope(dice, first, second, size), tone: mixTones(first, second, 0.5) };
  if (throws < 0.62) {
    const field = clouds(dice, height, width);
    const share = dice.between(0.4, 1);
    const canvas = blend(first, second, size, (index) => share * field[index]!);
    return { canvas, tone: mixTones(first, second, share / 2) };
  }
  if (throws < 0.8) return landscape(dice, size);
  const canvas = slope(dice, first, near(dice, first, 2), size);
  clutter(dice, canvas, first);
  return { canvas, tone: first };
}

type Size = readonly [height: number, width: number];

function blend(
  from: Tone,
  to: Tone,
  [height, width]: Size,
  share: (index: number, x: number, y: number) => number,
): Canvas {
  const canvas = blank(height, width);
  const { data } = canvas;
  const [a, b] = [rgbOf(from), rgbOf(to)];
  eachPixel(canvas, (index, x, y) => {
    const t = share(index, x, y);
    for (let channel = 0; channel < 3; channel++) {
      data[3 * index + channel] = a[channel]! + (b[channel]! - a[channel]!) * t;
    }
  });
  return canvas;
}

function slope(dice: Dice, from: Tone, to: Tone, size: Size): Canvas {
  const angle = TURN * dice.between(0, 1);
  const [across, down] = [cosine(angle), sine(angle)];
  return blend(from, to, size, (_, x, y) => clamp(0.5 + (x * across + y * down) / 2.6));
}

function landscape(dice: Dice, [height, width]: Size): Background {
  const sky = near(dice, dice.pick(tone(0.8, 0.08, 0.68), tone(0.86, 0.05, 0.15), tone(0.4, 0.07, 0.74)));
  const ground = near(
    dice,
    dice.pick(tone(0.55, 0.12, 0.37), tone(0.7, 0.08, 0.24), tone(0.42, 0.07, 0.15), tone(0.9, 0.02, 0.7)),
  );
  const horizon = dice.between(-0.05, 0.6);
  const rise = dice.between(0, 0.12);
  const edge = dice.chance(0.5) ? 0.02 : dice.between(0.05, 0.4);
  const shape = hills(dice, height, width, 3);
  const grain = hills(dice, height, width, 30);
  const [skyTop, near0, far] = [rgbOf(near(dice, sky, 1.5)), rgbOf(ground), rgbOf(sky)];
  const canvas = blank(height, width);
  eachPixel(canvas, (index, x, y) => {
    // The ridge is a line: its height is read along one row of the field.
    const ridge = horizon - rise * shape[index % width]! - 0.02 * x;
    const land = smoothstep(ridge - edge, ridge + edge, y);
    const high = clamp(0.5 - y / 2);
    for (let channel = 0; channel < 3; channel++) {
      const air = far[channel]! + (skyTop[channel]! - far[channel]!) * high;
      const soil = near0[channel]! * (1 - 0.22 * clamp(y - ridge)) + 7 * grain[index]!;
      canvas.data[3 * index + channel] = air + (soil - air) * land;
    }
  });
  return { canvas, tone: mixTones(sky, ground, clamp(0.5 - horizon)) };
}

/** Discs, bars and boxes strewn over the image, mostly out of focus. */
function clutter(dice: Dice, canvas: Canvas, behind: Tone): void {
  const { data, height, width } = canvas;
  const unit = 2 / Math.min(height, width);
  for (let left = dice.whole(5, 18); left > 0; left--) {
    const color = rgbOf(dice.chance(0.65) ? near(dice, behind, 2.2) : anyTone(dice));
    const [cx, cy] = [dice.between(-1, 1), dice.between(-1, 1)];
    const angle = TURN * dice.between(0, 1);
    const [c, s] = [cosine(angle), sine(angle)];
    const long = dice.between(0.07, 0.5);
    const kind = dice.whole(0, 2);
    const thin = kind === 1 ? dice.between(0.02, 0.08) : long * dice.between(0.5, 1);
    const soft = dice.between(0.02, 0.2);
    const opacity = dice.between(0.5, 1);
    const reach = long * 1.5 + soft;
    const [top, bottom] = [cy - reach, cy + reach].map((y) =>
      clamp(Math.round(y / unit + height / 2), 0, height),
    );
    const [start, end] = [cx - reach, cx + reach].map((x) =>
      clamp(Math.round(x / unit + width / 2), 0, width),
    );
    for (let row = top!; row < bottom!; row++) {
      for (let column = start!; column < end!; column++) {
        const x = (column + 0.5 - width / 2) * unit - cx;
        const y = (row + 0.5 - height / 2) * unit - cy;
        const [u, v] = [c * x + s * y, c * y - s * x];
        const outside =
          kind === 0 ? length(u, (v * long) / thin) - long : Math.max(Math.abs(u) - long, Math.abs(v) - thin);
        const share = opacity * (1 - smoothstep(-soft, soft, outside));
        if (share === 0) continue;
        const at = 3 * (row * width + column);
        for (let channel = 0; channel < 3; channel++) {
          data[at + channel]! += (color[channel]! - data[at + channel]!) * share;
        }
      }
    }
  }
  if (dice.chance(0.5)) blur(data, height, width, 3, dice.between(0.5, 2.5) / (52 * unit));
}
