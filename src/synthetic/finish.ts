import { cosine, sine, TURN } from './arithmetic.ts';
import { blur, type Canvas, eachPixel, hills } from './canvas.ts';
import type { Dice } from './dice.ts';

/** Light that falls unevenly, a lens out of focus, a sensor's noise: what a photograph adds. 8 bits a channel come out. */
export function finish(dice: Dice, canvas: Canvas): Uint8Array {
  const { data, height, width } = canvas;
  if (dice.chance(0.55)) {
    const amount = dice.between(0.05, 0.16);
    const field = hills(dice, height, width, 2);
    for (let index = 0; index < field.length; index++) scale(data, index, 1 + amount * field[index]!);
  }
  if (dice.chance(0.5)) {
    const angle = TURN * dice.between(0, 1);
    const amount = dice.between(0, 0.3);
    const [across, down] = [amount * cosine(angle), amount * sine(angle)];
    eachPixel(canvas, (index, x, y) => scale(data, index, 1 + across * x + down * y));
  }
  if (dice.chance(0.4)) {
    // Larger images are blurred by more pixels, but less to the eye: they are there for their detail.
    blur(data, height, width, 3, dice.between(0.35, 1) * Math.sqrt(Math.min(height, width) / 100));
  }
  const noise = dice.chance(0.55) ? dice.between(1, 9) : 0;
  const out = new Uint8Array(data.length);
  if (noise === 0) {
    for (let index = 0; index < out.length; index++) out[index] = toByte(data[index]!);
    return out;
  }
  const spread = 1.7 * noise;
  for (let index = 0; index < out.length; index++) {
    out[index] = toByte(data[index]! + spread * (dice.between(-1, 1) + dice.between(-0.7, 0.7)));
  }
  return out;
}

function scale(data: Float32Array, index: number, by: number): void {
  data[3 * index]! *= by;
  data[3 * index + 1]! *= by;
  data[3 * index + 2]! *= by;
}

const toByte = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : Math.round(value));
