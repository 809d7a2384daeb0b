import { closeSync, openSync, readSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { Files } from '../../effects.ts';
import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { show } from '../layers/config-reader.ts';
import { isRecord } from '../layers/plain-value.ts';
import { widenHalves } from '../half-floats.ts';
import { weightBytes } from '../unfilled.ts';
import type { StoredArray } from './weight-assignment.ts';

interface Manifest {
  /** In the manifest's order. */
  readonly arrays: readonly StoredArray[];
  /** Absolute paths of all weight files, in order. */
  readonly files: readonly string[];
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly stored: StoredType;
  readonly quantization?: { readonly scale: number; readonly min: number };
}

const BYTES = { float32: 4, float16: 2, uint16: 2, uint8: 1, int32: 4, bool: 1 } as const;
type StoredType = keyof typeof BYTES;
const MAX_BYTES = 2 ** 33;

/** Checks the manifest and that its files lie in the model's folder with the right lengths; reads no weights yet. */
export async function readManifest(
  value: unknown,
  modelPath: string,
  files: Files,
  place: Place,
): Promise<Manifest> {
  const fail = (what: string, more: { why?: string; hint?: string } = {}): never => {
    throw new UserError({ what, place, ...more });
  };
  if (!Array.isArray(value)) return fail('The model has no `weightsManifest`.');
  const groups = await Promise.all(
    (value as unknown[]).map(async (group) => {
      const paths = isRecord(group) ? group['paths'] : undefined;
      const weights = isRecord(group) ? group['weights'] : undefined;
      if (
        !Array.isArray(paths) ||
        !Array.isArray(weights) ||
        !paths.every((p): p is string => typeof p === 'string')
      ) {
        return fail('The `weightsManifest` cannot be read: a group has no `paths` or no `weights`.');
      }
      const entries = (weights as unknown[]).map((entry) => readEntry(entry, place));
      const shards = await Promise.all(paths.map((path) => insideFolder(path, modelPath, files, place)));
      const expected = entries.reduce((sum, entry) => sum + byteLength(entry), 0);
      const actual = shards.reduce((sum, { size }) => sum + size, 0);
      if (expected !== actual) {
        fail(
          `${paths.map((path) => `\`${String(path)}\``).join(', ')} ${paths.length === 1 ? 'has' : 'have'} ${actual} bytes, and the listed weights need ${expected}.`,
          {
            hint: 'The files are damaged or belong to another model. Save or download them again.',
          },
        );
      }
      let at = 0;
      const arrays = entries.map((entry): StoredArray => {
        const { name, shape } = entry;
        const start = at;
        at += byteLength(entry);
        return { name, shape, read: () => decode(readBytes(shards, start, byteLength(entry)), entry) };
      });
      return { arrays, paths: shards.map(({ path }) => path) };
    }),
  );
  return {
    arrays: groups.flatMap(({ arrays }) => arrays),
    files: groups.flatMap(({ paths }) => paths),
  };
}

interface Shard {
  readonly path: string;
  readonly size: number;
}

/** Bytes of files that follow one another. */
function readBytes(shards: readonly Shard[], start: number, length: number): Uint8Array {
  const bytes = weightBytes(length);
  let done = 0;
  let first = 0;
  for (const { path, size } of shards) {
    const end = Math.min(length, first + size - start);
    if (done < end) {
      const file = openSync(path, 'r');
      try {
        while (done < end) {
          const count = readSync(file, bytes, done, end - done, start + done - first);
          if (count === 0) throw new Error(`${path} changed while it was read`);
          done += count;
        }
      } finally {
        closeSync(file);
      }
    }
    first += size;
  }
  return bytes;
}

function readEntry(value: unknown, place: Place): Entry {
  const entry = isRecord(value) ? value : {};
  const { name, shape, dtype, quantization } = entry;
  const fail = (why: string): never => {
    throw new UserError({ what: `The weights ${show(name)} cannot be read: ${why}.`, place });
  };
  if (typeof name !== 'string') return fail('the name is missing');
  const dimensions = Array.isArray(shape) ? (shape as unknown[]) : [NaN];
  if (!dimensions.every((n) => Number.isSafeInteger(n) && (n as number) >= 0))
    return fail(`the shape is ${show(shape)}`);
  const stored = isRecord(quantization) ? quantization['dtype'] : dtype;
  if (typeof stored !== 'string' || !Object.hasOwn(BYTES, stored)) return fail(`the type is ${show(stored)}`);
  const base = {
    name: name.replace(/:\d+$/, ''),
    shape: dimensions as number[],
    stored: stored as StoredType,
  };
  if (byteLength(base) > MAX_BYTES) return fail(`the shape is ${show(shape)}`);
  if (!isRecord(quantization) || stored === 'float16') return base;
  const { scale, min } = quantization;
  if (typeof scale !== 'number' || typeof min !== 'number')
    return fail('the quantization has no `scale` or no `min`');
  return { ...base, quantization: { scale, min } };
}

function byteLength({ shape, stored }: Pick<Entry, 'shape' | 'stored'>): number {
  return shape.reduce((product, n) => product * n, 1) * BYTES[stored];
}

/** A path may not lead out of the model's folder, neither by its words nor through a link. */
async function insideFolder(
  path: string,
  modelPath: string,
  files: Files,
  place: Place,
): Promise<{ path: string; size: number }> {
  const folder = dirname(modelPath);
  const outside = (): never => {
    throw new UserError({
      what: `The weight file ${show(path)} is outside the model's folder.`,
      place,
      why: 'Only files in the folder of model.json are read.',
    });
  };
  const leaves = (to: string): boolean => to === '..' || to.startsWith(`..${sep}`) || isAbsolute(to);
  if (/^[a-z][a-z0-9+.-]*:/i.test(path) || path.includes('\\') || path.includes('\0') || isAbsolute(path))
    return outside();
  if (leaves(relative(folder, join(folder, path)))) return outside();
  const full = join(folder, path);
  const found = await files.stat(full);
  if (found?.kind !== 'file') {
    throw new UserError({
      what: `The weight file ${show(path)} does not exist.`,
      place,
      hint: `Put it into the folder of \`${basename(modelPath)}\`.`,
    });
  }
  if (leaves(relative(await realpath(folder), await realpath(full)))) return outside();
  return { path: full, size: found.size };
}

/** Stored bytes to float32. Little-endian, as the format and every Node platform. */
function decode(bytes: Uint8Array, { stored, quantization }: Entry): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  const { scale, min } = quantization ?? { scale: 1, min: 0 };
  switch (stored) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'float16':
      return widenHalves(new Uint16Array(buffer, byteOffset, byteLength / 2));
    case 'int32':
      return new Float32Array(new Int32Array(buffer, byteOffset, byteLength / 4));
    case 'uint16':
      return scaled(new Uint16Array(buffer, byteOffset, byteLength / 2), scale, min);
    default:
      return scaled(bytes, scale, min);
  }
}

function scaled(numbers: Uint8Array | Uint16Array, scale: number, min: number): Float32Array {
  const values = new Float32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) values[i] = numbers[i]! * scale + min;
  return values;
}
