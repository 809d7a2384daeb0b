import type * as H5 from 'h5wasm';
import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { halfToNumber } from './tfjs-manifest.ts';

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

/** The upper half of a float32. */
const bfloat16: Decode = (bytes, at) => {
  const word = new DataView(new ArrayBuffer(4));
  word.setUint16(0, bytes.getUint16(at, true));
  return word.getFloat32(0);
};

/** A dataset whose `value` and `slice` are its bytes, and what makes float32 of these. */
export interface Hdf5Numbers {
  readonly dataset: H5.Dataset;
  toFloats(bytes: unknown): Float32Array;
}

/**
 * How a dataset's values are read: whole numbers of 1 to 8 bytes, float16, float32, float64 and Keras' bfloat16, in either byte
 * order. The library knows no half precision, but hands out the bytes of what it takes for opaque; those of numbers it turns
 * into the order of this machine, lower byte first. No values are read yet.
 *
 * @throws UserError naming the dataset and its type where its values are no numbers
 */
export function numbersOf(h5: typeof H5, dataset: H5.Dataset, place: Place): Hdf5Numbers {
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
  const opaque = { ...metadata, type: h5.Module.H5T_class_t.H5T_OPAQUE.value };
  return {
    dataset: Object.create(dataset, { metadata: { value: opaque } }) as H5.Dataset,
    toFloats(bytes) {
      if (!(bytes instanceof Uint8Array)) throw new Error(`the values of ${path} cannot be read`);
      if (decode === floats[4] && bytes.byteOffset % 4 === 0)
        return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return Float32Array.from({ length: bytes.byteLength / size }, (_, i) => decode(view, i * size));
    },
  };
}

function decoderOf(h5: typeof H5, dataset: H5.Dataset): Decode | undefined {
  const { H5T_INTEGER, H5T_FLOAT, H5T_OPAQUE } = h5.Module.H5T_class_t;
  const { type, size, signed: hasSign } = dataset.metadata;
  // NumPy has no such type: Keras saves two opaque bytes a value, and says beside them what they are.
  const noted: unknown = 'dtype' in dataset.attrs ? dataset.attrs['dtype']!.value : undefined;
  if (noted === 'bfloat16' && size === 2 && (type === H5T_OPAQUE.value || type === H5T_FLOAT.value))
    return bfloat16;
  if (type === H5T_FLOAT.value) return floats[size];
  if (type === H5T_INTEGER.value) return (hasSign ? signed : unsigned)[size];
  return undefined;
}
