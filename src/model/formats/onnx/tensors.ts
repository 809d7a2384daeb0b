import { unfilledBytes, weightBytes } from '../../unfilled.ts';
import { FoldError } from './fold-error.ts';
import type { Constant, Values } from './constant.ts';
import { sizeOf } from './constant.ts';
import type { StoredType } from './element-types.ts';
import { storedTypes, TYPE_NAMES } from './element-types.ts';
import type { ExternalFiles } from './external-data.ts';
import type { SparseTensorProto, TensorProto } from './onnx-schema.ts';

/** More values in one array than can be meant seriously. */
const MAX_VALUES = 2 ** 31;

/** Memory that is used for the first time costs more than reading into it. */
let memory = new Uint8Array(0);
const LENT = 2 ** 21;

function lend(bytes: number): Uint8Array {
  if (bytes > LENT) return new Uint8Array(bytes);
  if (memory.length === 0) memory = new Uint8Array(LENT);
  return memory.subarray(0, bytes);
}

/**
 * An array of a file. Its size is compared with its bytes, which are read when its values are asked for.
 *
 * @throws FoldError where the file has too few or too many bytes for it, or a type that is not read
 */
export function readTensor(tensor: TensorProto, external: ExternalFiles): Constant {
  const { name } = tensor;
  const shape = dimensions(tensor.dims);
  const stored = storedTypes.get(tensor.dataType);
  if (!stored) {
    const type = TYPE_NAMES[tensor.dataType] ?? `number ${tensor.dataType}`;
    throw new FoldError(`\`${name}\` has values of the type ${type}, which is not supported`);
  }
  const count = sizeOf(shape);
  const bytes = Math.ceil((count * stored.bits) / 8);
  const base = {
    ...({ kind: 'constant', shape, type: stored.type, stored: stored.name } as const),
    ...(name ? { name } : {}),
  };
  if (tensor.dataLocation === 1) {
    const size = stored.bits / 8;
    const read = external.find(
      name,
      new Map(tensor.externalData.map(({ key, value }) => [key, value])),
      bytes,
    );
    return {
      ...base,
      values: () => stored.read(read(unfilledBytes(bytes)), count),
      own: () => stored.read(read(weightBytes(bytes)), count),
      ...(size >= 1 && {
        part: (first: number, some: number) => stored.read(read(lend(some * size), first * size), some),
      }),
    };
  }
  if (tensor.rawData) {
    const { rawData } = tensor;
    expectCount(name, shape, rawData.length, bytes, 'bytes');
    return { ...base, values: () => stored.read(rawData, count) };
  }
  const values = tensor[stored.field];
  // Types of less than a byte are packed there, too.
  expectCount(name, shape, values.length, stored.bits < 8 ? bytes : count, 'values');
  return { ...base, values: () => fromField(stored, values, count) };
}

/** @throws FoldError where a size is negative or all of them come to too much */
export function dimensions(dims: readonly bigint[]): number[] {
  const shape = dims.map(Number);
  // Zeros among the sizes must not hide the others.
  const most = shape.reduce((product, n) => product * Math.max(n, 1), 1);
  if (shape.some((n) => n < 0) || most > MAX_VALUES || shape.length > 16)
    throw new FoldError(`an array has the shape [${shape.slice(0, 16).join(', ')}]`);
  return shape;
}

function expectCount(
  name: string,
  shape: readonly number[],
  found: number,
  needed: number,
  what: string,
): void {
  if (found === needed) return;
  throw new FoldError(
    `\`${name}\` of the shape [${shape.join(', ')}] needs ${needed.toLocaleString('en')} ${what}, and the file has ${found.toLocaleString('en')}`,
    'The file is damaged. Export or download it again.',
  );
}

function fromField(stored: StoredType, values: readonly (number | bigint)[], count: number): Values {
  if (stored.field === 'floatData') return Float32Array.from(values as number[]);
  if (stored.field !== 'int32Data') return Float64Array.from(values, Number);
  // What is written as int32 has the bits of the type in its lowest ones.
  const width = Math.max(stored.bits / 8, 1);
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  (values as readonly number[]).forEach((value, i) => {
    if (width === 4) view.setInt32(i * 4, value, true);
    else if (width === 2) view.setUint16(i * 2, value & 0xffff, true);
    else bytes[i] = value & 0xff;
  });
  return stored.read(bytes, count);
}

/** An array of which only some values are written: indices count in the whole array, or along each axis. */
export function readSparseTensor(sparse: SparseTensorProto, external: ExternalFiles): Constant {
  if (!sparse.values || !sparse.indices) throw new FoldError('a sparse array has no values or no indices');
  const values = readTensor(sparse.values, external);
  const indices = readTensor(sparse.indices, external);
  const shape = dimensions(sparse.dims);
  const size = sizeOf(shape);
  const count = sizeOf(values.shape);
  const perValue = indices.shape.length === 2 ? shape.length : 1;
  if (sizeOf(indices.shape) !== count * perValue || size > 2 ** 24)
    throw new FoldError(
      `the sparse array \`${values.name ?? ''}\` does not fit its shape [${shape.join(', ')}]`,
    );
  return {
    ...{ kind: 'constant', shape, type: values.type },
    ...(values.stored !== undefined && { stored: values.stored }),
    ...(values.name !== undefined && { name: values.name }),
    values() {
      const out = values.type === 'float' ? new Float32Array(size) : new Float64Array(size);
      const at = indices.values();
      values.values().forEach((value, i) => {
        let index = 0;
        for (let k = 0; k < perValue; k++)
          index = index * (perValue === 1 ? 1 : shape[k]!) + at[i * perValue + k]!;
        if (index < 0 || index >= size) throw new FoldError('a sparse array has an index beyond its shape');
        out[index] = value;
      });
      return out;
    },
  };
}
