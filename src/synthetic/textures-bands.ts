/** Textures of bands: straight, crossed, wavy, in zigzag. */
import { clamp, cosine, fraction, hash, sine, TURN } from './arithmetic.ts';
import { soft, type TextureDrawer } from './texture.ts';

export const stripes: TextureDrawer = (dice, pixel) => {
  const count = dice.between(1.1, 5.2);
  const duty = dice.between(0.3, 0.7);
  const phase = dice.between(0, 1);
  const gentle = dice.chance(0.3);
  const colored = dice.chance(0.35);
  return {
    turn: 0.5,
    bend: 0.03,
    sampler(u, _, sample) {
      const p = u * count + phase;
      const within = fraction(p);
      sample.mix = gentle
        ? 0.5 + 0.5 * sine(TURN * p)
        : soft(duty / 2 - Math.abs(within - 0.5), count * pixel);
      if (colored && Math.floor(p) % 2 === 0) sample.third = 1;
    },
  };
};

export const checks: TextureDrawer = (dice, pixel) => {
  const count = dice.between(1.6, 5.2);
  const phase = [dice.between(0, 1), dice.between(0, 1)] as const;
  const seed = dice.whole(0, 1e6);
  const colored = dice.chance(0.3);
  const uneven = dice.between(0, 0.12);
  return {
    turn: 0.13,
    bend: 0.05,
    sampler(u, v, sample) {
      const [x, y] = [u * count + phase[0], v * count + phase[1]];
      const [column, row] = [Math.floor(x), Math.floor(y)];
      const toEdge = Math.min(0.5 - Math.abs(x - column - 0.5), 0.5 - Math.abs(y - row - 0.5));
      const inside = 0.5 + 0.5 * clamp((2 * toEdge) / (count * pixel));
      sample.mix = (column + row) % 2 === 0 ? inside : 1 - inside;
      sample.shade = 1 + uneven * (hash(column, row, seed) - 0.5) * 2;
      if (colored && hash(row, column, seed) < 0.4) sample.third = 1;
    },
  };
};

export const grid: TextureDrawer = (dice, pixel) => {
  const count = dice.between(1.7, 5);
  const tall = count * dice.between(0.8, 1.25);
  const half = dice.between(0.05, 0.15);
  const colored = dice.chance(0.3);
  const woven = dice.chance(0.4);
  return {
    turn: 0.13,
    bend: 0.05,
    sampler(u, v, sample) {
      const [x, y] = [u * count, v * tall];
      const across = half - Math.abs(fraction(x) - 0.5);
      const down = half - Math.abs(fraction(y) - 0.5);
      sample.mix = Math.max(soft(across, count * pixel), soft(down, tall * pixel));
      const over = (Math.floor(x) + Math.floor(y)) % 2 === 0;
      if (woven) {
        const depth = over ? across : down;
        sample.shade = 1 + 0.8 * clamp(depth, -half, half) - (sample.mix > 0.5 ? 0 : 0.08);
      }
      if (colored && over) sample.third = 1;
    },
  };
};

/** Rounded crests and troughs, never so steep that they look pointed. */
export const waves: TextureDrawer = (dice, pixel) => {
  const count = dice.between(1.6, 4);
  const long = dice.between(0.6, 1.3);
  const high = dice.between(0.34, 0.6) / (3.4 * long);
  const duty = dice.between(0.38, 0.62);
  const phase = dice.between(0, 1);
  const slant = dice.between(-0.12, 0.12);
  const gentle = dice.chance(0.3);
  const foam = dice.chance(0.5) ? dice.between(0.15, 0.35) : 0;
  const colored = dice.chance(0.25);
  return {
    turn: 0.16,
    bend: 0.025,
    sampler(u, v, sample) {
      const p = (v + high * sine(TURN * (u * long + phase + slant * v))) * count + phase;
      const steep = high * long * TURN * cosine(TURN * (u * long + phase + slant * v));
      const narrow = Math.sqrt(1 + steep * steep);
      const within = fraction(p);
      sample.mix = gentle
        ? 0.5 + 0.5 * sine(TURN * p)
        : soft((duty / 2 - Math.abs(within - 0.5)) / narrow, count * pixel);
      sample.shade = 1 - foam * (within - 0.4);
      if (colored && Math.floor(p) % 2 === 0) sample.third = 1;
    },
  };
};

/** Straight flanks and sharp corners, steep enough not to pass for stripes. */
export const zigzag: TextureDrawer = (dice, pixel) => {
  const count = dice.between(1.4, 3.6);
  const teeth = dice.between(0.8, 1.9);
  const steep = dice.between(0.7, 1.35);
  const high = steep / (4 * teeth);
  const duty = dice.between(0.36, 0.6);
  const phase = [dice.between(0, 1), dice.between(0, 1)] as const;
  const colored = dice.chance(0.4);
  const lined = dice.chance(0.2);
  const narrow = Math.sqrt(1 + steep * steep);
  return {
    turn: 0.16,
    bend: 0,
    sampler(u, v, sample) {
      const tooth = 4 * Math.abs(fraction(u * teeth + phase[0]) - 0.5) - 1;
      const p = (v + high * tooth) * count + phase[1];
      const within = Math.abs(fraction(p) - 0.5);
      const width = (count * pixel) / narrow;
      sample.mix = soft((duty / 2 - within) / narrow, width);
      if (lined) sample.mix *= 1 - soft((duty / 6 - within) / narrow, width);
      if (colored && Math.floor(p) % 2 === 0) sample.third = 1;
    },
  };
};

export const bricks: TextureDrawer = (dice, pixel) => {
  const rows = dice.between(2, 4.6);
  const long = rows * dice.between(0.4, 0.58);
  const joint = dice.between(0.05, 0.11);
  const seed = dice.whole(0, 1e6);
  const uneven = dice.between(0.1, 0.4);
  const bevel = dice.between(0, 0.35);
  const clay = dice.chance(0.7)
    ? ([
        { l: dice.between(0.38, 0.6), c: dice.between(0.06, 0.14), h: dice.between(0.07, 0.14) },
        { l: dice.between(0.76, 0.92), c: dice.between(0, 0.03), h: 0.2 },
        { l: dice.between(0.45, 0.65), c: dice.between(0.03, 0.12), h: dice.between(0.05, 0.2) },
      ] as const)
    : undefined;
  return {
    turn: 0.05,
    bend: 0.03,
    ...(clay && { colors: clay }),
    sampler(u, v, sample) {
      const y = v * rows;
      const row = Math.floor(y);
      const x = u * long + (row % 2 === 0 ? 0 : 0.5);
      const column = Math.floor(x);
      const [fx, fy] = [x - column, y - row];
      const sides = (Math.min(fx, 1 - fx) * rows) / long;
      const ends = Math.min(fy, 1 - fy);
      sample.mix = soft(joint - Math.min(sides, ends), rows * pixel);
      sample.third = hash(column, row, seed);
      const raised = ends < 0.2 ? (fy < 0.5 ? 1 : -1) * (0.2 - ends) * 3 : 0;
      sample.shade = sample.mix > 0.5 ? 1 : 1 + uneven * (hash(row, column, seed) - 0.5) + bevel * raised;
    },
  };
};
