/** Textures around a middle: rings, a spiral, rays. */
import { fraction, length, sine, TURN, turnOf } from './arithmetic.ts';
import type { Dice } from './dice.ts';
import { soft, type Texture, type TextureDrawer } from './texture.ts';

/** @param place phase in bands at radius r and angle (turns); a band is as wide as the next one */
function round(
  dice: Dice,
  pixel: number,
  count: number,
  place: (r: number, turn: number) => number,
  edge: (r: number) => number = () => count * pixel,
): Texture {
  const [cx, cy] = [dice.between(-0.3, 0.3), dice.between(-0.3, 0.3)];
  const tall = dice.between(0.8, 1.25);
  const duty = dice.between(0.36, 0.64);
  const gentle = dice.chance(0.3);
  const colored = dice.chance(0.3);
  return {
    turn: 0.5,
    bend: 0.04,
    sampler(u, v, sample) {
      const [x, y] = [u - cx, (v - cy) * tall];
      const r = length(x, y);
      const p = place(r, turnOf(y, x));
      sample.mix = gentle
        ? 0.5 + 0.5 * sine(TURN * p)
        : soft(duty / 2 - Math.abs(fraction(p) - 0.5), Math.max(edge(r), 1e-3));
      if (colored && Math.floor(p) % 2 === 0) sample.third = 1;
    },
  };
}

export const rings: TextureDrawer = (dice, pixel) => {
  const count = dice.between(2, 4.6);
  const phase = dice.between(0, 1);
  return round(dice, pixel, count, (r) => r * count + phase);
};

export const spiral: TextureDrawer = (dice, pixel) => {
  const count = dice.between(1.8, 3.6);
  const arms = dice.pick(1, 1, 1, 2, 2, 3) * dice.sign();
  const phase = dice.between(0, 1);
  return round(dice, pixel, count, (r, turn) => r * count + arms * turn + phase);
};

export const rays: TextureDrawer = (dice, pixel) => {
  const count = dice.whole(6, 15);
  const phase = dice.between(0, 1);
  const twist = dice.chance(0.25) ? dice.between(-0.15, 0.15) * count : 0;
  return round(
    dice,
    pixel,
    count,
    (r, turn) => count * turn + twist * r + phase,
    (r) => (count * pixel) / (TURN * r + 0.02),
  );
};
