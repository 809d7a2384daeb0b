/** Textures of cells: dots, honeycomb, scales, and marble, whose cells have run into one another. */
import { clamp, fraction, hash, length, smoothstep } from './arithmetic.ts';
import { clouds, hills } from './canvas.ts';
import { soft, type TextureDrawer } from './texture.ts';
import { tone } from './tone.ts';

/** Discs with room between them: in rows, staggered or strewn; flat, round as balls, or with a rim. */
export const dots: TextureDrawer = (dice, pixel) => {
  const count = dice.between(1.5, 4.2);
  const radius = dice.between(0.24, 0.35);
  const staggered = dice.chance(0.5);
  const strewn = dice.chance(0.4) ? 0.42 - radius : 0;
  const uneven = dice.chance(0.35) ? 0.4 : 0;
  const round = dice.chance(0.45) ? dice.between(0.2, 0.45) : 0;
  const rim = dice.chance(0.25);
  const colored = dice.chance(0.3);
  const seed = dice.whole(0, 1e6);
  return {
    turn: 0.13,
    bend: 0.03,
    sampler(u, v, sample) {
      const y = v * count;
      const row = Math.floor(y);
      const x = u * count + (staggered && row % 2 !== 0 ? 0.5 : 0);
      const column = Math.floor(x);
      const r = radius * (1 - uneven * hash(column, row, seed));
      const dx = x - column - 0.5 + strewn * (2 * hash(column, row, seed + 1) - 1);
      const dy = y - row - 0.5 + strewn * (2 * hash(column, row, seed + 2) - 1);
      const away = length(dx, dy);
      sample.mix = soft(r - away, count * pixel);
      if (rim) sample.mix *= 1 - 0.8 * soft(0.55 * r - away, count * pixel);
      if (sample.mix > 0) sample.shade = 1 - (round * sample.mix * (dx + dy + 0.3 * away)) / r;
      if (colored && hash(column, row, seed + 3) < 0.4) {
        sample.third = sample.mix;
        sample.mix *= 0.35;
      }
    },
  };
};

export const honeycomb: TextureDrawer = (dice, pixel) => {
  const count = dice.between(1.5, 3.9);
  const wall = dice.between(0.05, 0.12);
  const hollow = dice.between(0, 0.6);
  const filled = dice.chance(0.6) ? dice.between(0.15, 0.6) : 0;
  const seed = dice.whole(0, 1e6);
  const tall = Math.sqrt(3);
  const light = [dice.between(-1, 1), dice.between(-1, 1)] as const;
  const wax = dice.chance(0.5)
    ? ([
        tone(dice.between(0.5, 0.72), dice.between(0.09, 0.16), dice.between(0.18, 0.26)),
        dice.chance(0.5) ? tone(0.32, 0.06, 0.16) : tone(0.93, 0.07, 0.26),
        tone(dice.between(0.4, 0.6), 0.13, dice.between(0.14, 0.22)),
      ] as const)
    : undefined;
  return {
    turn: 0.5,
    bend: 0.04,
    ...(wax && { colors: wax }),
    sampler(u, v, sample) {
      const [x, y] = [u * count, v * count];
      const [ax, ay] = [Math.floor(x), Math.floor(y / tall)];
      const [bx, by] = [Math.floor(x - 0.5), Math.floor(y / tall - 0.5)];
      const [dax, day] = [x - ax - 0.5, y - (ay + 0.5) * tall];
      const [dbx, dby] = [x - bx - 1, y - (by + 1) * tall];
      const isA = dax * dax + day * day < dbx * dbx + dby * dby;
      const [dx, dy] = isA ? [dax, day] : [dbx, dby];
      const out = Math.max(Math.abs(dx) * 0.5 + (Math.abs(dy) * tall) / 2, Math.abs(dx));
      sample.mix = soft(out - 0.5 + wall, count * pixel);
      const chance = isA ? hash(ax, ay, seed) : hash(bx, by, seed + 1);
      if (chance < filled) sample.third = 1;
      sample.shade =
        1 - (1 - sample.mix) * hollow * (0.35 * (dx * light[0] + dy * light[1]) + 0.9 * (out - 0.3) * out);
    },
  };
};

/** Rows of round scales, each lying over the one above it. */
export const scales: TextureDrawer = (dice, pixel) => {
  const count = dice.between(1.6, 4.2);
  const deep = dice.between(0.35, 0.5);
  const rim = dice.between(0.04, 0.1);
  const dark = dice.between(0.2, 0.6);
  const uneven = dice.between(0, 0.3);
  const colored = dice.chance(0.5);
  const seed = dice.whole(0, 1e6);
  return {
    turn: 0.08,
    bend: 0.04,
    sampler(u, v, sample) {
      const x = u * count;
      const y = (v * count) / deep;
      // The scale on top is the one that begins highest: rows reach down over those behind.
      const base = Math.floor(y);
      for (let row = base - 2; row <= base + 1; row++) {
        const shift = row % 2 === 0 ? 0 : 0.5;
        const column = Math.floor(x + shift);
        const dx = x + shift - column - 0.5;
        const dy = (y - row) * deep;
        const away = length(dx, dy) - 0.56;
        if (away > 0) continue;
        sample.mix = soft(away + rim, count * pixel);
        sample.shade =
          (1 - dark * smoothstep(0.2, 0.85, 1 - dy / 0.56) + 0.12) *
          (1 + uneven * (hash(column, row, seed) - 0.5));
        if (colored) sample.third = hash(row, column, seed) * 0.8;
        return;
      }
    },
  };
};

export const marble: TextureDrawer = (dice, pixel, [height, width]) => {
  const veined = dice.chance(0.75);
  const base = clouds(dice, height, width, veined ? 2 : 4.5);
  const warp = hills(dice, height, width, 3);
  const finer = hills(dice, height, width, 9);
  const angle = [dice.between(-1, 1), dice.between(-1, 1)] as const;
  const strength = dice.between(0.3, 0.6);
  const count = dice.between(1, 2.2);
  const thin = dice.between(0.05, 0.16);
  const edge = dice.between(0.03, 0.2);
  return {
    turn: 0.5,
    bend: 0,
    sampler(u, v, sample, index) {
      const bent = strength * warp[index]! + 0.13 * finer[index]!;
      if (!veined) {
        sample.mix = smoothstep(0.5 - edge, 0.5 + edge, base[index]! + 0.05 * finer[index]!);
        sample.third = clamp(0.5 + 0.5 * warp[index]!);
        return;
      }
      const p = fraction((u * angle[0] + v * angle[1] + bent) * count) - 0.5;
      const q = fraction((v * angle[0] - u * angle[1] + 0.8 * bent + 0.3 * base[index]!) * count * 0.7) - 0.5;
      const wide = thin * (0.4 + base[index]!);
      const vein = 1 - smoothstep(0, wide + count * pixel, Math.abs(p));
      const other = 0.6 * (1 - smoothstep(0, 0.6 * wide + count * pixel, Math.abs(q)));
      sample.mix = Math.max(vein, other, 0.25 * base[index]!);
      sample.third = base[index]!;
    },
  };
};
