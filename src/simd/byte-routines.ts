import { F64, I32, loop, routine, V128 } from './assembly.ts';
import type { Code, Routine } from './assembly.ts';
import { f32x4, f64x2, high64, i16x8, i32, i32x4, i8x16, low64, v128 } from './operations.ts';

/** Loops over steps (uint16) and pixels (uint8), 8 and 16 at a time. */

/** PNG's Paeth filter: what pixels differ by from the nearest to left + above - corner. @param samples bytes of a pixel */
const paeth = routine('paeth', [I32, I32, I32, I32, I32], (local, line, end, above, out, samples) => {
  const [left, up, corner] = [local(V128), local(V128), local(V128)];
  const [a, b, c] = [local(V128), local(V128), local(V128)];
  const [byLeft, byUp, byCorner] = [local(V128), local(V128), local(V128)];
  const masks = [0, 1].map(() => ({ isOther: local(V128), isCorner: local(V128) }));
  const ahead = (address: typeof line): Code => address.set(i32.add(address.get, i32.const(16)));
  const before = (address: typeof line): Code => v128.load(i32.sub(address.get, samples.get));
  const merged = (mask: 'isOther' | 'isCorner'): Code =>
    i8x16.narrowI16x8S(masks[0]![mask].get, masks[1]![mask].get);
  return [
    loop(line, end.get, i32.const(16), [
      left.set(before(line)),
      up.set(v128.load(above.get)),
      corner.set(before(above)),
      ...[i16x8.extendLowU, i16x8.extendHighU].flatMap((extend, half) => [
        a.set(extend(left.get)),
        b.set(extend(up.get)),
        c.set(extend(corner.get)),
        byLeft.set(i16x8.sub(b.get, c.get)),
        byUp.set(i16x8.sub(a.get, c.get)),
        byCorner.set(i16x8.abs(i16x8.add(byLeft.get, byUp.get))),
        byLeft.set(i16x8.abs(byLeft.get)),
        byUp.set(i16x8.abs(byUp.get)),
        masks[half]!.isCorner.set(i16x8.gtS(byUp.get, byCorner.get)),
        masks[half]!.isOther.set(i16x8.gtS(byLeft.get, i16x8.minS(byUp.get, byCorner.get))),
      ]),
      v128.store(
        ...([out.get, 0] as const),
        i8x16.sub(
          v128.load(line.get),
          v128.bitselect(v128.bitselect(corner.get, up.get, merged('isCorner')), left.get, merged('isOther')),
        ),
      ),
      ahead(above),
      ahead(out),
    ]),
  ];
});

/** Steps as numbers from 0 to 255: (value - low) * factor + more; returns other than 0 where one is 65535, which is no step. */
const places = routine(
  'places',
  [I32, I32, I32, F64, F64, F64, F64, F64],
  (local, at, end, out, start, step, low, factor, more) => {
    const [steps, odd] = [local(V128), local(V128)];
    /** Of the lower two of four steps. */
    const two = (four: Code): Code => {
      const value = f64x2.add(
        f64x2.splat(start.get),
        f64x2.mul(f64x2.convertLowI32x4(four), f64x2.splat(step.get)),
      );
      const single = f64x2.promoteLow(f32x4.demoteF64x2(value));
      const above = f64x2.sub(single, f64x2.splat(low.get));
      const scaled = f64x2.mul(above, f64x2.splat(factor.get));
      return i32x4.truncF64x2(f64x2.add(scaled, f64x2.splat(more.get)));
    };
    const four = (numbers: Code): Code => low64(two(numbers), two(high64(numbers, numbers)));
    const eight = i16x8.narrowI32x4S(four(i32x4.extendLowU(steps.get)), four(i32x4.extendHighU(steps.get)));
    return [
      loop(at, end.get, i32.const(16), [
        steps.set(v128.load(at.get)),
        odd.set(v128.or(odd.get, i16x8.eq(steps.get, v128.ones))),
        v128.store64(out.get, 0, i8x16.narrowI16x8U(eight, v128.zero)),
        out.set(i32.add(out.get, i32.const(8))),
      ]),
      v128.anyTrue(odd.get),
    ];
  },
  I32,
);

/** Adds steps of a line to sums of 32 bits, one for each column. */
const addLine = routine('addLine', [I32, I32, I32], (local, at, end, sums) => {
  const steps = local(V128);
  const add = (distance: number, numbers: Code): Code =>
    v128.store(sums.get, distance, i32x4.add(v128.load(sums.get, distance), numbers));
  return [
    loop(at, end.get, i32.const(16), [
      steps.set(v128.load(at.get)),
      add(0, i32x4.extendLowU(steps.get)),
      add(16, i32x4.extendHighU(steps.get)),
      sums.set(i32.add(sums.get, i32.const(32))),
    ]),
  ];
});

/** A bit for each step, whether it is other than 0; returns how many are. */
const marks = routine(
  'marks',
  [I32, I32, I32],
  (local, at, end, out) => {
    const [bits, count] = [local(I32), local(I32)];
    const isZero = (distance: number): Code => i16x8.eq(v128.load(at.get, distance), v128.zero);
    return [
      loop(at, end.get, i32.const(32), [
        bits.set(i32.xor(i8x16.bitmask(i8x16.narrowI16x8S(isZero(0), isZero(16))), i32.const(0xffff))),
        i32.store16(out.get, 0, bits.get),
        out.set(i32.add(out.get, i32.const(2))),
        count.set(i32.add(count.get, i32.popcnt(bits.get))),
      ]),
      count.get,
    ];
  },
  I32,
);

/** Steps other than 0, one after another; returns where they end. @param table for each pattern of eight, the bytes that stay */
const others = routine(
  'others',
  [I32, I32, I32, I32],
  (local, at, end, out, table) => {
    const [steps, bits] = [local(V128), local(I32)];
    return [
      loop(at, end.get, i32.const(16), [
        steps.set(v128.load(at.get)),
        bits.set(i32.xor(i16x8.bitmask(i16x8.eq(steps.get, v128.zero)), i32.const(255))),
        v128.store(
          ...([out.get, 0] as const),
          i8x16.swizzle(steps.get, v128.load(i32.add(table.get, i32.shl(bits.get, i32.const(4))))),
        ),
        out.set(i32.add(out.get, i32.shl(i32.popcnt(bits.get), i32.const(1)))),
      ]),
      out.get,
    ];
  },
  I32,
);

/** As JavaScript calls them: addresses and lengths in bytes, lengths a multiple of what is done at a time. */
export interface ByteRoutines {
  paeth(line: number, end: number, above: number, out: number, samples: number): void;
  places(
    ...[at, end, out, start, step, low, factor, more]: [
      ...[at: number, end: number, out: number],
      ...[start: number, step: number, low: number, factor: number, more: number],
    ]
  ): number;
  addLine(at: number, end: number, sums: number): void;
  marks(at: number, end: number, out: number): number;
  others(at: number, end: number, out: number, table: number): number;
}

export const byteRoutines: readonly Routine[] = [paeth, places, addLine, marks, others];
