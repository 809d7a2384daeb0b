import { widenHalves } from '../half-floats.ts';
import { copyParts, copyStrided } from '../strided-copy.ts';
import { weightFloats } from '../unfilled.ts';

/** How a storage holds its numbers. */
export interface NumberType {
  /** As the library calls it: `float32`, `bfloat16`, … */
  readonly name: string;
  /** Bytes of one number. */
  readonly size: number;
  /** Float32 of `count` numbers, in memory of their own or in that of the bytes; absent for types that are no numbers, or none that are read. */
  readonly decode?: (bytes: DataView, count: number) => Float32Array;
}

const from =
  (read: (bytes: DataView, at: number) => number, size: number) =>
  (bytes: DataView, count: number): Float32Array => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = read(bytes, i * size);
    return values;
  };

/** The same memory where the bytes lie at a multiple of a number's size. */
function asFloats({ buffer, byteOffset }: DataView, count: number): Float32Array {
  if (byteOffset % 4 === 0) return new Float32Array(buffer, byteOffset, count);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + 4 * count));
}

/** A bfloat16 is the upper half of a float32. */
function widenBfloat16(bytes: DataView, count: number): Float32Array {
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) bits[i] = bytes.getUint16(2 * i, true) << 16;
  return new Float32Array(bits.buffer);
}

function widenFloat16({ buffer, byteOffset }: DataView, count: number): Float32Array {
  if (byteOffset % 2 === 0) return widenHalves(new Uint16Array(buffer, byteOffset, count));
  return widenHalves(new Uint16Array(buffer.slice(byteOffset, byteOffset + 2 * count)));
}

/** Little-endian, as both file formats and every Node platform. */
export const NUMBER_TYPES: readonly NumberType[] = [
  { name: 'float32', size: 4, decode: asFloats },
  { name: 'float64', size: 8, decode: from((bytes, at) => bytes.getFloat64(at, true), 8) },
  { name: 'float16', size: 2, decode: widenFloat16 },
  { name: 'bfloat16', size: 2, decode: widenBfloat16 },
  { name: 'int64', size: 8, decode: from((bytes, at) => Number(bytes.getBigInt64(at, true)), 8) },
  { name: 'int32', size: 4, decode: from((bytes, at) => bytes.getInt32(at, true), 4) },
  { name: 'int16', size: 2, decode: from((bytes, at) => bytes.getInt16(at, true), 2) },
  { name: 'int8', size: 1, decode: from((bytes, at) => bytes.getInt8(at), 1) },
  { name: 'uint8', size: 1, decode: from((bytes, at) => bytes.getUint8(at), 1) },
  { name: 'bool', size: 1, decode: from((bytes, at) => (bytes.getUint8(at) ? 1 : 0), 1) },
  { name: 'uint16', size: 2, decode: from((bytes, at) => bytes.getUint16(at, true), 2) },
  { name: 'uint32', size: 4, decode: from((bytes, at) => bytes.getUint32(at, true), 4) },
  { name: 'uint64', size: 8, decode: from((bytes, at) => Number(bytes.getBigUint64(at, true)), 8) },
  { name: 'complex64', size: 8 },
  { name: 'complex128', size: 16 },
  { name: 'complex32', size: 4 },
  { name: 'float8_e4m3fn', size: 1 },
  { name: 'float8_e5m2', size: 1 },
  { name: 'float8_e4m3fnuz', size: 1 },
  { name: 'float8_e5m2fnuz', size: 1 },
  { name: 'float8_e8m0fnu', size: 1 },
];

const byName = new Map(NUMBER_TYPES.map((type) => [type.name, type]));

export const numberType = (name: string): NumberType | undefined => byName.get(name);

/** Bytes of a file, or of something packed in it, that numbers are in. */
export interface NumberStorage {
  /** How many there are. */
  readonly bytes: number;
  /** Fills memory with the bytes from `start` on. @throws where the file is cut off */
  fill(target: Uint8Array, start: number): Promise<void>;
}

/** A tensor in a file: numbers in a storage that it may share with others. */
export interface StoredTensor {
  readonly type: NumberType;
  readonly shape: readonly number[];
  /** How many numbers of the storage from one index of each axis to the next; never negative. */
  readonly strides: readonly number[];
  /** Of the first number. */
  readonly offset: number;
  readonly storage: NumberStorage;
}

export const countOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Strides of a tensor that is laid out row by row. */
export function rowMajor(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => countOf(shape.slice(axis + 1)));
}

/** Of the numbers that a tensor uses: the first, and the one behind the last. */
export function extentOf({ shape, strides, offset }: StoredTensor): readonly [number, number] {
  if (countOf(shape) === 0) return [offset, offset];
  return [offset, offset + shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis]!, 0) + 1];
}

/** The same tensor with its axes in another order. @param order the present axis of each axis to come */
export function transpose(tensor: StoredTensor, order: readonly number[]): StoredTensor {
  return {
    ...tensor,
    shape: order.map((axis) => tensor.shape[axis]!),
    strides: order.map((axis) => tensor.strides[axis]!),
  };
}

/**
 * The same tensor with one axis cut into several, the last of which runs fastest.
 * @param sizes whose product is the axis' size
 */
export function splitAxis(tensor: StoredTensor, axis: number, sizes: readonly number[]): StoredTensor {
  const { shape, strides } = tensor;
  const inner = rowMajor(sizes).map((step) => step * strides[axis]!);
  return {
    ...tensor,
    shape: [...shape.slice(0, axis), ...sizes, ...shape.slice(axis + 1)],
    strides: [...strides.slice(0, axis), ...inner, ...strides.slice(axis + 1)],
  };
}

/** Bytes that are read at a time of what does not lie in the file as it is to be. */
const PIECE = 2 ** 21;
/** Used for one piece after the other: memory that is used for the first time costs more than reading into it. */
let memory = new Uint8Array(0);

/** The numbers as float32, row by row, in memory of their own. Its storage must reach as far as the tensor does. */
export async function readTensor(tensor: StoredTensor): Promise<Float32Array> {
  const { shape, strides, type, storage, offset } = tensor;
  const values = weightFloats(countOf(shape));
  if (values.length === 0) return values;
  const steps = rowMajor(shape);
  if (type.name === 'float32' && shape.every((n, axis) => n === 1 || strides[axis] === steps[axis])) {
    const { buffer, byteOffset, byteLength } = values;
    await storage.fill(new Uint8Array(buffer, byteOffset, byteLength), offset * type.size);
    return values;
  }
  const axes = shape.map((size, i) => ({ size, from: strides[i]!, to: steps[i]! }));
  for (const part of copyParts(axes, PIECE / type.size)) {
    const bytes = scratch(part.count * type.size);
    await storage.fill(bytes, (offset + part.first) * type.size);
    const numbers = type.decode!(new DataView(bytes.buffer, 0, bytes.length), part.count);
    copyStrided(numbers, values, part.axes, { from: 0, to: part.to });
  }
  return values;
}

function scratch(bytes: number): Uint8Array<ArrayBuffer> {
  if (bytes > PIECE) return new Uint8Array(bytes);
  if (memory.length === 0) memory = new Uint8Array(PIECE);
  return memory.subarray(0, bytes) as Uint8Array<ArrayBuffer>;
}
