import type * as H5 from 'h5wasm';
import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { halfToNumber, widenHalves } from '../half-floats.ts';

/** Reads one value; `at` counts bytes. */
type Decode = (bytes: DataView, at: number) => number;

const floats: Readonly<Record<number, Decode>> = {
  2: (bytes, at) => halfToNumber(bytes.getUint16(at, true)),
  4: (bytes, at) => bytes.getFloat32(at, true),
  8: (bytes, at) => bytes.getFloat64(at, true),
};

const signed: Readonly<Record<number, Decode>> = {
  1: (bytes, at) => bytes.getInt8(at),
  2: (bytes, at) => bytes.getInt16(at, true),
  4: (bytes, at) => bytes.getInt32(at, true),
  8: (bytes, at) => Number(bytes.getBigInt64(at, true)),
};

const unsigned: Readonly<Record<number, Decode>> = {
  1: (bytes, at) => bytes.getUint8(at),
  2: (bytes, at) => bytes.getUint16(at, true),
  4: (bytes, at) => bytes.getUint32(at, true),
  8: (bytes, at) => Number(bytes.getBigUint64(at, true)),
};

/** Its first half is a bfloat16. */
const word = new DataView(new ArrayBuffer(4));
const bfloat16: Decode = (bytes, at) => {
  word.setUint16(0, bytes.getUint16(at, true));
  return word.getFloat32(0);
};

/** Makes float32 of a dataset's bytes, lower byte first; the result may lie in their memory. */
export type ToFloats = (bytes: Uint8Array) => Float32Array;

/**
 * How a dataset's values are read: whole numbers of 1 to 8 bytes, float16, float32, float64 and Keras' bfloat16. The library turns
 * numbers into the byte order of this machine. No values are read yet.
 *
 * @throws UserError naming the dataset and its type where its values are no numbers
 */
export function numbersOf(h5: typeof H5, dataset: H5.Dataset, place: Place): ToFloats {
  const { metadata, path } = dataset;
  const { size } = metadata;
  const decode = decoderOf(h5, dataset);
  if (!decode) {
    throw new UserError({
      what: `The weights \`${path}\` have the type ${JSON.stringify(dataset.dtype)}.`,
      place,
      why: 'Weights must be numbers of 1, 2, 4 or 8 bytes.',
    });
  }
  return ({ buffer, byteOffset, byteLength }) => {
    const count = byteLength / size;
    if (decode === floats[4] && byteOffset % 4 === 0) return new Float32Array(buffer, byteOffset, count);
    if (decode === floats[2] && byteOffset % 2 === 0)
      return widenHalves(new Uint16Array(buffer, byteOffset, count));
    const view = new DataView(buffer, byteOffset, byteLength);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = decode(view, i * size);
    return values;
  };
}

/** Whether a dataset says that its bytes in the file are those of float32 in memory, one array in one piece. */
export function isPlainFloats(h5: typeof H5, { metadata }: H5.Dataset): boolean {
  const { type, size, chunks, littleEndian } = metadata;
  return type === h5.Module.H5T_class_t.H5T_FLOAT.value && size === 4 && littleEndian && !chunks;
}

function decoderOf(h5: typeof H5, dataset: H5.Dataset): Decode | undefined {
  const { H5T_INTEGER, H5T_FLOAT, H5T_OPAQUE } = h5.Module.H5T_class_t;
  const { type, size, signed: hasSign } = dataset.metadata;
  // NumPy has no such type: Keras saves two opaque bytes a value, and says beside them what they are.
  if (size === 2 && (type === H5T_OPAQUE.value || type === H5T_FLOAT.value)) {
    const { attrs } = dataset;
    if ('dtype' in attrs && attrs['dtype']!.value === 'bfloat16') return bfloat16;
  }
  if (type === H5T_FLOAT.value) return floats[size];
  if (type === H5T_INTEGER.value) return (hasSign ? signed : unsigned)[size];
  return undefined;
}
