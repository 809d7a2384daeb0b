import { widenHalves } from '../../half-floats.ts';
import type { ElementType, Values } from './constant.ts';

/** One of ONNX' element types: how its values are stored and read. */
export interface StoredType {
  readonly name: string;
  readonly type: ElementType;
  readonly bits: number;
  /** Values from as many bytes as they take, little-endian. */
  readonly read: (bytes: Uint8Array, count: number) => Values;
  /** The field that holds them where `raw_data` does not; of `int32_data` the lowest bits count. */
  readonly field: 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';
}

/** A typed array over bytes: the same memory where they lie at a multiple of its element's size, else a copy. */
function aligned<T>(
  bytes: Uint8Array,
  size: number,
  make: (buffer: ArrayBufferLike, offset: number, count: number) => T,
): T {
  // Of a Buffer, `slice` shares the memory.
  const own = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return make(own.buffer, own.byteOffset, own.length / size);
}

const through =
  (
    size: number,
    make: (buffer: ArrayBufferLike, offset: number, count: number) => ArrayLike<number>,
    value: (n: number) => number = (n) => n,
  ) =>
  (bytes: Uint8Array, count: number): Values => {
    const stored = aligned(bytes, size, make);
    const out = new Float64Array(count);
    for (let i = 0; i < count; i++) out[i] = value(stored[i]!);
    return out;
  };

function readBigIntegers(signed: boolean): StoredType['read'] {
  return (bytes, count) => {
    const stored = aligned(bytes, 8, (buffer, offset, n) =>
      signed ? new BigInt64Array(buffer, offset, n) : new BigUint64Array(buffer, offset, n),
    );
    const out = new Float64Array(count);
    for (let i = 0; i < count; i++) out[i] = Number(stored[i]!);
    return out;
  };
}

/** Floats of one byte or less: sign, exponent and mantissa bits; what the largest exponent stands for. */
interface SmallFloat {
  readonly exponent: number;
  readonly mantissa: number;
  readonly bias: number;
  readonly special: 'ieee' | 'nan' | 'negative zero' | 'none';
}

function smallFloat(code: number, { exponent: e, mantissa: m, bias, special }: SmallFloat): number {
  const sign = code >> (e + m) ? -1 : 1;
  const power = (code >> m) & (2 ** e - 1);
  const rest = code & (2 ** m - 1);
  if (special === 'negative zero' && code === 1 << (e + m)) return NaN;
  if (special === 'ieee' && power === 2 ** e - 1) return rest ? NaN : sign * Infinity;
  if (special === 'nan' && power === 2 ** e - 1 && rest === 2 ** m - 1) return NaN;
  return sign * (power === 0 ? (rest / 2 ** m) * 2 ** (1 - bias) : (1 + rest / 2 ** m) * 2 ** (power - bias));
}

/** The values of all codes of a type of at most eight bits; the first of a byte lies in its lowest bits. */
function byTable(bits: number, value: (code: number) => number): StoredType['read'] {
  const table = Float64Array.from({ length: 2 ** bits }, (_, code) => value(code));
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  return (bytes, count) => {
    const out = new Float64Array(count);
    for (let i = 0; i < count; i++)
      out[i] = table[(bytes[Math.floor(i / perByte)]! >> ((i % perByte) * bits)) & mask]!;
    return out;
  };
}

const readHalves: StoredType['read'] = (bytes) =>
  widenHalves(aligned(bytes, 2, (buffer, offset, n) => new Uint16Array(buffer, offset, n)));

/** The upper halves of float32. */
const readBrainFloats: StoredType['read'] = (bytes, count) => {
  const stored = aligned(bytes, 2, (buffer, offset, n) => new Uint16Array(buffer, offset, n));
  const out = new Float32Array(count);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < count; i++) bits[i] = stored[i]! << 16;
  return out;
};

const signed = (bits: number) => (code: number) => (code >= 2 ** (bits - 1) ? code - 2 ** bits : code);
const same = (code: number): number => code;

const float = (name: string, bits: number, read: StoredType['read']): StoredType => ({
  ...{ name, bits, read, type: 'float', field: 'int32Data' },
});
const whole = (
  name: string,
  bits: number,
  read: StoredType['read'],
  field: StoredType['field'] = 'int32Data',
): StoredType => ({ ...{ name, bits, read, field, type: 'int' } });
const tiny = (name: string, bits: number, form: SmallFloat): StoredType =>
  float(
    name,
    bits,
    byTable(bits, (code) => smallFloat(code, form)),
  );

/** By the number that stands for them in files. Strings and complex numbers are left out. */
export const storedTypes: ReadonlyMap<number, StoredType> = new Map([
  [
    1,
    {
      ...float('float32', 32, (bytes) =>
        aligned(bytes, 4, (buffer, offset, n) => new Float32Array(buffer, offset, n)),
      ),
      field: 'floatData',
    },
  ],
  [2, whole('uint8', 8, byTable(8, same))],
  [3, whole('int8', 8, byTable(8, signed(8)))],
  [
    4,
    whole(
      'uint16',
      16,
      through(2, (buffer, offset, n) => new Uint16Array(buffer, offset, n)),
    ),
  ],
  [
    5,
    whole(
      'int16',
      16,
      through(2, (buffer, offset, n) => new Int16Array(buffer, offset, n)),
    ),
  ],
  [
    6,
    whole(
      'int32',
      32,
      through(4, (buffer, offset, n) => new Int32Array(buffer, offset, n)),
    ),
  ],
  [7, whole('int64', 64, readBigIntegers(true), 'int64Data')],
  [
    9,
    {
      ...whole(
        'bool',
        8,
        byTable(8, (code) => (code ? 1 : 0)),
      ),
      type: 'bool',
    },
  ],
  [10, float('float16', 16, readHalves)],
  [
    11,
    {
      ...float('float64', 64, (bytes) =>
        aligned(bytes, 8, (buffer, offset, n) => new Float64Array(buffer, offset, n)),
      ),
      field: 'doubleData',
    },
  ],
  [
    12,
    whole(
      'uint32',
      32,
      through(4, (buffer, offset, n) => new Uint32Array(buffer, offset, n)),
      'uint64Data',
    ),
  ],
  [13, whole('uint64', 64, readBigIntegers(false), 'uint64Data')],
  [16, float('bfloat16', 16, readBrainFloats)],
  [17, tiny('float8e4m3fn', 8, { exponent: 4, mantissa: 3, bias: 7, special: 'nan' })],
  [18, tiny('float8e4m3fnuz', 8, { exponent: 4, mantissa: 3, bias: 8, special: 'negative zero' })],
  [19, tiny('float8e5m2', 8, { exponent: 5, mantissa: 2, bias: 15, special: 'ieee' })],
  [20, tiny('float8e5m2fnuz', 8, { exponent: 5, mantissa: 2, bias: 16, special: 'negative zero' })],
  [21, whole('uint4', 4, byTable(4, same))],
  [22, whole('int4', 4, byTable(4, signed(4)))],
  [23, tiny('float4e2m1', 4, { exponent: 2, mantissa: 1, bias: 1, special: 'none' })],
  [
    24,
    float(
      'float8e8m0',
      8,
      byTable(8, (code) => (code === 255 ? NaN : 2 ** (code - 127))),
    ),
  ],
  [25, whole('uint2', 2, byTable(2, same))],
  [26, whole('int2', 2, byTable(2, signed(2)))],
] satisfies [number, StoredType][]);

/** Why a type that is not in the table cannot be read. */
export const TYPE_NAMES: Readonly<Record<number, string>> = {
  0: 'undefined',
  8: 'string',
  14: 'complex64',
  15: 'complex128',
};
