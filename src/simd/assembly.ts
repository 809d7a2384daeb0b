/** Writes WebAssembly modules, so that loops over many numbers can use vectors: what is written is expressions, each the code of a value or of a step. */

export type Code = readonly number[];

export const I32 = 0x7f;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type Type = typeof I32 | typeof F32 | typeof F64 | typeof V128;

export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

export interface Routine {
  readonly name: string;
  readonly params: readonly Type[];
  /** Of what it returns; absent where that is nothing. */
  readonly result?: Type;
  readonly locals: readonly Type[];
  readonly code: Code;
}

/** @param write gets the parameters, and makes more locals as it needs them */
export function routine<const Params extends readonly Type[]>(
  name: string,
  params: Params,
  write: (
    local: (type: Type) => Local,
    ...params: { readonly [Index in keyof Params]: Local }
  ) => readonly Code[],
  result?: Type,
): Routine {
  const locals: Type[] = [];
  const at = (index: number): Local => ({
    get: [0x20, ...leb(index)],
    set: (value) => [...value, 0x21, ...leb(index)],
  });
  const local = (type: Type): Local => at(params.length + locals.push(type) - 1);
  const own = params.map((_, index) => at(index)) as { readonly [Index in keyof Params]: Local };
  const code = write(local, ...own).flat();
  return { name, params, locals, code, ...(result === undefined ? {} : { result }) };
}

/** Does the steps while `counter` is less than `end`, which it is raised to by `by`. */
export const loop = (counter: Local, end: Code, by: Code, steps: readonly Code[]): Code => [
  ...[0x02, 0x40, ...counter.get, ...end, 0x4f, 0x0d, 0],
  ...[0x03, 0x40, ...steps.flat(), ...counter.set([...counter.get, ...by, 0x6a])],
  ...[...counter.get, ...end, 0x49, 0x0d, 0, 0x0b, 0x0b],
];

/** Numbers of 7 bits, the least significant first. */
export function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

/** The same of numbers with a sign, its sixth bit. */
export function signedLeb(value: number): number[] {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signedLeb(value >> 7)];
}

const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
const list = (items: readonly Code[]): number[] => [...leb(items.length), ...items.flat()];
const section = (id: number, content: Code): number[] => [id, ...leb(content.length), ...content];
const sized = (code: Code): number[] => [...leb(code.length), ...code];

/** @param memory how `env.memory`, which the module uses, is declared: flags and limits in pages of 64 kB */
export function assemble(routines: readonly Routine[], memory: Code): Uint8Array<ArrayBuffer> {
  const type = ({ params, result }: Routine): Code => [
    ...[0x60, ...list(params.map((each) => [each]))],
    ...list(result === undefined ? [] : [[result]]),
  ];
  const body = ({ locals, code }: Routine): Code =>
    sized([...list(locals.map((each) => [1, each])), ...code, 0x0b]);
  return Uint8Array.from([
    ...[0, ...Buffer.from('asm'), 1, 0, 0, 0],
    ...section(1, list(routines.map(type))),
    ...section(2, list([[...text('env'), ...text('memory'), 0x02, ...memory]])),
    ...section(3, list(routines.map((_, index) => leb(index)))),
    ...section(7, list(routines.map(({ name }, index) => [...text(name), 0x00, ...leb(index)]))),
    ...section(10, list(routines.map(body))),
  ]);
}
