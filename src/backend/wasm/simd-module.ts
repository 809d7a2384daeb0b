import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js';

/**
 * A few loops over values on the heap of the WebAssembly backend, in WebAssembly with SIMD: JavaScript is ten times slower on memory
 * that threads share. The module is written here instruction by instruction.
 */

/** out = a ∘ b for rows of a and one row b. */
type RowLoop = (a: number, b: number, out: number, count: number, rows: number) => void;

/** Addresses in bytes, numbers of values of a row a multiple of 4. */
export interface SimdLoops {
  /** out = dy where 0 < x < ceiling, else 0. */
  maskGradient(dy: number, x: number, out: number, count: number, ceiling: number): void;
  readonly Add: RowLoop;
  readonly Sub: RowLoop;
  readonly Multiply: RowLoop;
  readonly RealDiv: RowLoop;
}

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;

const [block, loop, end, br, brIf] = [[0x02, 0x40], [0x03, 0x40], [0x0b], [0x0c], [0x0d]] as const;
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const tee = (local: number): number[] => [0x22, local];
const i32 = { const: [0x41], eqz: [0x45], geU: [0x4f], add: [0x6a], sub: [0x6b], shl: [0x74] } as const;
/** Values of 4 bytes lie at multiples of 4. */
const ALIGNED = [2, 0];
const v128 = {
  load: [0xfd, 0x00, ...ALIGNED],
  store: [0xfd, 0x0b, ...ALIGNED],
  zero: [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0)],
  and: [0xfd, 0x4e],
} as const;
const f32x4 = { splat: [0xfd, 0x13], lt: [0xfd, 0x43], gt: [0xfd, 0x44] } as const;

/** Numbers of 7 bits, the least significant first. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
const list = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()];
const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...leb(content.length),
  ...content,
];

/** Four values at a time from the addresses in locals 0, 1 and 2 on, of as many values as local 3 says. @param last a free local */
const forEachFour = (last: number, step: readonly number[]): number[] => [
  ...[...get(0), ...get(3), ...i32.const, 2, ...i32.shl, ...i32.add, ...set(last)],
  ...[...block, ...loop],
  ...[...get(0), ...get(last), ...i32.geU, ...brIf, 1],
  ...step,
  ...[0, 1, 2].flatMap((local) => [...get(local), ...i32.const, 16, ...i32.add, ...set(local)]),
  ...[...br, 0, ...end, ...end],
];

const [DY, X, OUT, CEILING, LAST, BOUND, VALUES] = [0, 1, 2, 4, 5, 6, 7] as const;

const maskGradient = [
  ...[...get(CEILING), ...f32x4.splat, ...set(BOUND)],
  ...forEachFour(LAST, [
    ...[...get(OUT), ...get(DY), ...v128.load],
    ...[...get(X), ...v128.load, ...tee(VALUES), ...v128.zero, ...f32x4.gt],
    ...[...get(VALUES), ...get(BOUND), ...f32x4.lt, ...v128.and, ...v128.and],
    ...v128.store,
  ]),
  ...end,
];

const [A, B, SUM, ROWS, END, AT] = [0, 1, 2, 4, 5, 6] as const;
const COUNT = 3;

const rowLoop = (...operation: readonly number[]): number[] => [
  ...[...get(B), ...get(COUNT), ...i32.const, 2, ...i32.shl, ...i32.add, ...set(END)],
  ...[...block, ...loop],
  ...[...get(ROWS), ...i32.eqz, ...brIf, 1],
  ...[...get(B), ...set(AT)],
  ...[...block, ...loop],
  ...[...get(AT), ...get(END), ...i32.geU, ...brIf, 1],
  ...[...get(SUM), ...get(A), ...v128.load, ...get(AT), ...v128.load, ...operation, ...v128.store],
  ...[A, AT, SUM].flatMap((local) => [...get(local), ...i32.const, 16, ...i32.add, ...set(local)]),
  ...[...br, 0, ...end, ...end],
  ...[...get(ROWS), ...i32.const, 1, ...i32.sub, ...set(ROWS)],
  ...[...br, 0, ...end, ...end],
  ...end,
];

interface Exported {
  readonly name: keyof SimdLoops;
  readonly type: 0 | 1;
  /** How many of each type, and the instructions. */
  readonly code: readonly number[];
}

/** Local 5 is a number, 6 and 7 are vectors. */
const maskLocals = [2, 1, I32, 2, V128];
/** Locals 5 and 6 are numbers. */
const rowLocals = [1, 2, I32];
const functions: readonly Exported[] = [
  { name: 'maskGradient', type: 0, code: [...maskLocals, ...maskGradient] },
  { name: 'Add', type: 1, code: [...rowLocals, ...rowLoop(0xfd, 0xe4, 0x01)] },
  { name: 'Sub', type: 1, code: [...rowLocals, ...rowLoop(0xfd, 0xe5, 0x01)] },
  { name: 'Multiply', type: 1, code: [...rowLocals, ...rowLoop(0xfd, 0xe6, 0x01)] },
  { name: 'RealDiv', type: 1, code: [...rowLocals, ...rowLoop(0xfd, 0xe7, 0x01)] },
];

const typeOf = (...parameters: readonly number[]): number[] => [
  0x60,
  ...list(parameters.map((each) => [each])),
  0,
];

const bytes = Uint8Array.from([
  ...[0, ...Buffer.from('asm'), 1, 0, 0, 0],
  ...section(1, list([typeOf(I32, I32, I32, I32, F32), typeOf(I32, I32, I32, I32, I32)])),
  // A memory shared by threads, of one page of 64 kB at least and 4 GiB at most.
  ...section(2, list([[...text('env'), ...text('memory'), 0x02, 0x03, 1, ...leb(65_536)]])),
  ...section(3, list(functions.map(({ type }) => [type]))),
  ...section(7, list(functions.map(({ name }, index) => [...text(name), 0x00, index]))),
  ...section(10, list(functions.map(({ code }) => [...leb(code.length), ...code]))),
]);

const known = new WeakMap<WebAssembly.Memory, SimdLoops>();

/** Of this backend's memory. */
export function loopsOf(backend: BackendWasm): SimdLoops {
  const { wasmMemory: memory } = backend.wasm as unknown as { readonly wasmMemory: WebAssembly.Memory };
  const loops = known.get(memory) ?? instantiate(memory);
  known.set(memory, loops);
  return loops;
}

function instantiate(memory: WebAssembly.Memory): SimdLoops {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return exports as unknown as SimdLoops;
}
