import { I32, loop, routine, V128 } from './assembly.ts';
import type { Code, Local, Routine } from './assembly.ts';
import { f32x4, f64x2, halves, high16, high64, i32, i32x4, low16, low64, times, v128 } from './operations.ts';

/**
 * Loops over float32 [places, channels]: four channels at a time are lanes of one vector, and each lane does what a loop in JavaScript does, in
 * its order. Where channels are no multiple of four, the last lanes have numbers of the next place, and what becomes of them is ignored.
 */

const many = (length: number, local: (type: typeof V128) => Local): Local[] =>
  times(length, () => local(V128));

/** Least and greatest values of 4 channels for each vector, and bits other than 0 where one is not finite. */
const ranges = (name: string, vectors: number): Routine =>
  routine(name, [I32, I32, I32, I32, I32, I32], (local, at, end, stride, low, high, odd) => {
    const value = local(V128);
    const lanes = times(vectors, (index) => ({
      ...{ distance: 16 * index, low: local(V128), high: local(V128), odd: local(V128) },
    }));
    return [
      ...lanes.flatMap((lane) => [
        lane.low.set(v128.load(low.get, lane.distance)),
        lane.high.set(v128.load(high.get, lane.distance)),
        lane.odd.set(v128.load(odd.get, lane.distance)),
      ]),
      loop(
        ...([at, end.get, stride.get] as const),
        lanes.flatMap((lane) => [
          value.set(v128.load(at.get, lane.distance)),
          lane.low.set(f32x4.pmin(lane.low.get, value.get)),
          lane.high.set(f32x4.pmax(lane.high.get, value.get)),
          lane.odd.set(v128.or(lane.odd.get, f32x4.sub(value.get, value.get))),
        ]),
      ),
      ...lanes.flatMap((lane) => [
        v128.store(low.get, lane.distance, lane.low.get),
        v128.store(high.get, lane.distance, lane.high.get),
        v128.store(odd.get, lane.distance, lane.odd.get),
      ]),
    ];
  });

/** Means of two by two places of two lines. @param place bytes of one */
const halve = routine('halve', [I32, I32, I32, I32, I32], (local, above, below, out, end, place) => {
  const next = local(I32);
  /** Of two channels. */
  const meansAt = (distance: number): Code => {
    const numbers = (address: Code): Code => f64x2.promoteLow(v128.load64(address, distance));
    const column = (beside: (line: Local) => Code): Code =>
      f64x2.add(numbers(beside(above)), numbers(beside(below)));
    const sum = f64x2.add(
      column((line) => line.get),
      column((line) => i32.add(line.get, place.get)),
    );
    return f32x4.demoteF64x2(f64x2.mul(sum, f64x2.const(0.25)));
  };
  const both = (step: (line: Local) => Code): Code => [...step(above), ...step(below)];
  return [
    loop(out, end.get, i32.const(0), [
      next.set(i32.add(out.get, place.get)),
      loop(out, next.get, i32.const(16), [
        v128.store(out.get, 0, low64(meansAt(0), meansAt(8))),
        both((line) => line.set(i32.add(line.get, i32.const(16)))),
      ]),
      // Back by what the last lanes went too far, and over the place beside.
      both((line) => line.set(i32.add(i32.add(line.get, place.get), i32.sub(next.get, out.get)))),
      out.set(next.get),
    ]),
  ];
});

/** Steps of 4 channels from their least values, 65535 where a number is not finite: eight places at a time, to a plane for each channel. */
const quantize = routine(
  'quantize',
  [I32, I32, I32, I32, I32, I32, I32],
  (local, at, out, end, stride, low, factor, plane) => {
    const [lows, factors] = [many(2, local), many(2, local)];
    const [value, target] = [local(V128), local(I32)];
    const [places, pairs, fours, eights] = [many(8, local), many(4, local), many(4, local), many(4, local)];
    const stepsOf = (numbers: Code, pair: number): Code => {
      const above = f64x2.sub(f64x2.promoteLow(numbers), lows[pair]!.get);
      return i32x4.truncF64x2(f64x2.add(f64x2.mul(above, factors[pair]!.get), f64x2.const(0.5)));
    };
    return [
      ...[0, 1].flatMap((pair) => [
        lows[pair]!.set(v128.load(low.get, 16 * pair)),
        factors[pair]!.set(v128.load(factor.get, 16 * pair)),
      ]),
      loop(out, end.get, i32.const(16), [
        ...places.flatMap((place) => [
          value.set(v128.load(at.get)),
          at.set(i32.add(at.get, stride.get)),
          place.set(
            v128.bitselect(
              low64(stepsOf(value.get, 0), stepsOf(high64(value.get, value.get), 1)),
              v128.ones,
              f32x4.eq(f32x4.sub(value.get, value.get), v128.zero),
            ),
          ),
        ]),
        ...pairs.map((pair, n) => pair.set(halves(places[2 * n]!.get, places[2 * n + 1]!.get))),
        ...transposed(pairs, fours),
        ...transposed(fours, eights),
        target.set(out.get),
        ...eights.flatMap((_, channel) => [
          v128.store(target.get, 0, eightOf(eights, channel)),
          target.set(i32.add(target.get, plane.get)),
        ]),
      ]),
    ];
  },
);

/** Numbers of one channel come nearer to each other. */
function transposed(from: readonly Local[], to: readonly Local[]): Code[] {
  return [0, 2].flatMap((n) => [
    to[n]!.set(low16(from[n]!.get, from[n + 1]!.get)),
    to[n + 1]!.set(high16(from[n]!.get, from[n + 1]!.get)),
  ]);
}

/** Eight places of a channel, of which four are in either half of the vectors. */
function eightOf(vectors: readonly Local[], channel: number): Code {
  const half = channel % 2 === 0 ? low64 : high64;
  const first = channel < 2 ? 0 : 1;
  return half(vectors[first]!.get, vectors[first + 2]!.get);
}

/** As JavaScript calls them: addresses and lengths in bytes. */
export interface FloatRoutines {
  /** Of 16 channels. */
  ranges16(at: number, end: number, stride: number, low: number, high: number, odd: number): void;
  /** Of 4 channels. */
  ranges4(at: number, end: number, stride: number, low: number, high: number, odd: number): void;
  halve(above: number, below: number, out: number, end: number, place: number): void;
  /** @param end of the first plane @param low float64 of 4 channels, as `factor` @param plane bytes of one */
  quantize(
    ...[at, out, end, stride, low, factor, plane]: [
      ...[at: number, out: number, end: number, stride: number],
      ...[low: number, factor: number, plane: number],
    ]
  ): void;
}

export const floatRoutines: readonly Routine[] = [
  ranges('ranges16', 4),
  ranges('ranges4', 1),
  halve,
  quantize,
];
