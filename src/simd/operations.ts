import { leb, signedLeb } from './assembly.ts';
import type { Code } from './assembly.ts';

/** Operations of WebAssembly by their names there; operands come first. */

type Operation = (...operands: readonly Code[]) => Code;

const scalar =
  (code: number): Operation =>
  (...operands) => [...operands.flat(), code];
const vector =
  (code: number): Operation =>
  (...operands) => [...operands.flat(), 0xfd, ...leb(code)];
/** With a distance in bytes from the address. Nothing is said of alignment. */
const access =
  (...code: number[]) =>
  (address: Code, distance = 0, ...values: readonly Code[]): Code => [
    ...[...address, ...values.flat(), ...code, 0, ...leb(distance)],
  ];

export const i32 = {
  const: (value: number): Code => [0x41, ...signedLeb(value)],
  add: scalar(0x6a),
  sub: scalar(0x6b),
  xor: scalar(0x73),
  shl: scalar(0x74),
  popcnt: scalar(0x69),
  store16: access(0x3b),
} as const;

export const v128 = {
  load: access(0xfd, 0x00),
  /** Two numbers of 32 bits, and zeros. */
  load64: access(0xfd, 0x5d),
  store: access(0xfd, 0x0b),
  /** The lower half. */
  store64: (address: Code, distance: number, value: Code): Code => [
    ...[...address, ...value, 0xfd, 0x5b, 0, ...leb(distance), 0],
  ],
  zero: [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0)] as Code,
  ones: [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 255)] as Code,
  and: vector(0x4e),
  or: vector(0x50),
  /** Of the first where the third has ones, else of the second. */
  bitselect: vector(0x52),
  anyTrue: vector(0x53),
} as const;

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Picks bytes out of two vectors, numbered on from the first to the second. */
export const shuffle = (a: Code, b: Code, bytes: readonly number[]): Code => [
  ...[...a, ...b, 0xfd, 0x0d, ...bytes],
];
const parts = (size: number, picked: readonly number[]): number[] =>
  picked.flatMap((part) => Array.from({ length: size }, (_, byte) => part * size + byte));
export const low64 = (a: Code, b: Code): Code => shuffle(a, b, parts(8, [0, 2]));
export const high64 = (a: Code, b: Code): Code => shuffle(a, b, parts(8, [1, 3]));
export const low16 = (a: Code, b: Code): Code => shuffle(a, b, parts(2, [0, 8, 1, 9, 2, 10, 3, 11]));
export const high16 = (a: Code, b: Code): Code => shuffle(a, b, parts(2, [4, 12, 5, 13, 6, 14, 7, 15]));
/** The lower halves of numbers of 32 bits. */
export const halves = (a: Code, b: Code): Code => shuffle(a, b, parts(2, [0, 2, 4, 6, 8, 10, 12, 14]));

export const i8x16 = {
  swizzle: vector(0x0e),
  bitmask: vector(0x64),
  narrowI16x8S: vector(0x65),
  narrowI16x8U: vector(0x66),
  sub: vector(0x71),
} as const;

export const i16x8 = {
  eq: vector(0x2d),
  gtS: vector(0x31),
  abs: vector(0x80),
  bitmask: vector(0x84),
  narrowI32x4S: vector(0x85),
  extendLowU: vector(0x89),
  extendHighU: vector(0x8a),
  add: vector(0x8e),
  sub: vector(0x91),
  minS: vector(0x96),
} as const;

export const i32x4 = {
  extendLowU: vector(0xa9),
  extendHighU: vector(0xaa),
  add: vector(0xae),
  /** Towards zero; zeros in the upper half. */
  truncF64x2: vector(0xfc),
} as const;

export const f32x4 = {
  splat: vector(0x13),
  eq: vector(0x41),
  lt: vector(0x43),
  gt: vector(0x44),
  demoteF64x2: vector(0x5e),
  add: vector(0xe4),
  sub: vector(0xe5),
  mul: vector(0xe6),
  div: vector(0xe7),
  /** The second where it is less than the first, else the first; `pmax` the same where it is greater. */
  pmin: vector(0xea),
  pmax: vector(0xeb),
} as const;

export const f64x2 = {
  splat: vector(0x14),
  promoteLow: vector(0x5f),
  convertLowI32x4: vector(0xfe),
  add: vector(0xf0),
  sub: vector(0xf1),
  mul: vector(0xf2),
  const: (value: number): Code => {
    const bytes = new Uint8Array(Float64Array.of(value, value).buffer);
    return [0xfd, 0x0c, ...bytes];
  },
} as const;
