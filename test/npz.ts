import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';

/** An array of a NumPy file: row-major, as float32 whatever it was saved in. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The arrays of a .npz file by name. */
export function readNpz(path: string): ReadonlyMap<string, NpyArray> {
  const files = Object.entries(unzipSync(readFileSync(path)));
  return new Map(files.map(([name, bytes]) => [name.replace(/\.npy$/, ''), readNpy(bytes)]));
}

/** One character a byte. To a TextDecoder `latin1` is another name of windows-1252: Node 24 takes it at its word. */
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Little-endian float32, float64 or int64 in C order: all that the fixtures hold. */
export function readNpy(bytes: Uint8Array): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (textOf(bytes.subarray(0, 6)) !== '\x93NUMPY') throw new Error('not a .npy file');
  const long = bytes[6]! >= 2;
  const start = long ? 12 : 10;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = textOf(bytes.subarray(start, start + length));
  const type = /'descr': '([^']+)'/.exec(header)?.[1];
  const dimensions = /'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '';
  if (!header.includes("'fortran_order': False") || !['<f4', '<f8', '<i8'].includes(type ?? '')) {
    throw new Error(`unexpected .npy header ${header}`);
  }
  const values = bytes.slice(start + length).buffer;
  const data =
    type === '<f4'
      ? new Float32Array(values)
      : Float32Array.from(type === '<f8' ? new Float64Array(values) : new BigInt64Array(values), Number);
  return {
    shape: dimensions
      .split(',')
      .filter((n) => n.trim())
      .map(Number),
    data,
  };
}
