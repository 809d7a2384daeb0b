import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js';
import { assemble, F32, I32, leb, loop, routine, V128 } from '../../simd/assembly.ts';
import type { Code, Routine } from '../../simd/assembly.ts';
import { f32x4, i32, v128 } from '../../simd/operations.ts';

/** out = a ∘ b for rows of a and one row b. */
type RowLoop = (a: number, b: number, out: number, count: number, rows: number) => void;

/**
 * A few loops over values on the heap of the WebAssembly backend, with vectors: JavaScript is ten times slower on memory that threads
 * share. Addresses in bytes, numbers of values of a row a multiple of 4.
 */
export interface SimdLoops {
  /** out = dy where 0 < x < ceiling, else 0. */
  maskGradient(dy: number, x: number, out: number, count: number, ceiling: number): void;
  readonly Add: RowLoop;
  readonly Sub: RowLoop;
  readonly Multiply: RowLoop;
  readonly RealDiv: RowLoop;
}

const afterValues = (address: Code, count: Code): Code => i32.add(address, i32.shl(count, i32.const(2)));

const maskGradient = routine(
  'maskGradient' satisfies keyof SimdLoops,
  [I32, I32, I32, I32, F32],
  (local, dy, x, out, count, ceiling) => {
    const [end, bound, values] = [local(I32), local(V128), local(V128)];
    return [
      end.set(afterValues(dy.get, count.get)),
      bound.set(f32x4.splat(ceiling.get)),
      loop(dy, end.get, i32.const(16), [
        values.set(v128.load(x.get)),
        v128.store(
          out.get,
          0,
          v128.and(
            v128.load(dy.get),
            v128.and(f32x4.gt(values.get, v128.zero), f32x4.lt(values.get, bound.get)),
          ),
        ),
        ...[x, out].map((each) => each.set(i32.add(each.get, i32.const(16)))),
      ]),
    ];
  },
);

const rowLoop = (name: keyof SimdLoops, operation: typeof f32x4.add): Routine =>
  routine(name, [I32, I32, I32, I32, I32], (local, a, b, out, count, rows) => {
    const [at, end, row] = [local(I32), local(I32), local(I32)];
    return [
      end.set(afterValues(b.get, count.get)),
      loop(row, rows.get, i32.const(1), [
        at.set(b.get),
        loop(at, end.get, i32.const(16), [
          v128.store(out.get, 0, operation(v128.load(a.get), v128.load(at.get))),
          ...[a, out].map((each) => each.set(i32.add(each.get, i32.const(16)))),
        ]),
      ]),
    ];
  });

/** Shared by threads, of one page of 64 kB at least and 4 GiB at most. */
const SHARED_MEMORY = [0x03, 1, ...leb(65_536)];

const code = assemble(
  [
    maskGradient,
    rowLoop('Add', f32x4.add),
    rowLoop('Sub', f32x4.sub),
    rowLoop('Multiply', f32x4.mul),
    rowLoop('RealDiv', f32x4.div),
  ],
  SHARED_MEMORY,
);

const known = new WeakMap<WebAssembly.Memory, SimdLoops>();

/** Of this backend's memory. */
export function loopsOf(backend: BackendWasm): SimdLoops {
  const { wasmMemory: memory } = backend.wasm as unknown as { readonly wasmMemory: WebAssembly.Memory };
  const loops = known.get(memory) ?? instantiate(memory);
  known.set(memory, loops);
  return loops;
}

function instantiate(memory: WebAssembly.Memory): SimdLoops {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
  return exports as unknown as SimdLoops;
}
