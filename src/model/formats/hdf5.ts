import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type * as H5 from 'h5wasm';
import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { readTextAsUtf8 } from './hdf5-text.ts';
import { numbersOf } from './hdf5-values.ts';

/** Where the bytes are: in memory, or in a file that is read piece by piece. */
export type Hdf5Source = Uint8Array | { readonly path: string };

/** A group of an open file. Names are single steps, so that no link can lead out of the file unseen. */
export interface Hdf5Group {
  readonly path: string;
  /** Names of groups and datasets in it. */
  keys(): readonly string[];
  /** Undefined where there is none of that name. */
  group(name: string): Hdf5Group | undefined;
  /** `steps` lead from this group to the dataset; undefined where there is none. */
  dataset(steps: readonly string[]): Hdf5Dataset | undefined;
  text(attribute: string): string | undefined;
  /** A list of strings; Keras splits long ones over attributes numbered from 0. Undefined where there is none. */
  texts(attribute: string): readonly string[] | undefined;
}

export interface Hdf5Dataset {
  readonly path: string;
  readonly shape: readonly number[];
  /** @throws UserError where its values are no numbers; reads as few of them as tell whether all are there */
  check(): void;
  /** All values, row-major, as float32. */
  read(): Float32Array;
}

let opened = 0;

/**
 * Opens a file, hands its root to `read` and closes it. The library sees that file alone, in a file system in memory.
 * @throws UserError where the file is damaged, whatever way the library takes to say so
 */
export async function withHdf5<T>(
  source: Hdf5Source,
  place: Place,
  read: (root: Hdf5Group) => T,
): Promise<T> {
  const h5 = await import('h5wasm');
  const { FS } = await h5.ready;
  silenceDiagnostics(FS as unknown as VirtualFiles);
  readTextAsUtf8(h5.Module);
  const name = `/file-${opened++}.h5`;
  let descriptor: number | undefined;
  let file: H5.File | undefined;
  try {
    if (source instanceof Uint8Array) FS.writeFile(name, source);
    else descriptor = mapFile(FS as unknown as VirtualFiles, name, source.path);
    file = new h5.File(name, 'r');
    if (file.file_id < 0n) throw damaged(place, 'It is no HDF5 file, or was cut short.');
    return read(wrapGroup(h5, file, place));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damaged(place, `The HDF5 library says: ${firstLine(error)}`);
  } finally {
    try {
      if (file && file.file_id >= 0n) file.close();
      FS.unlink(name);
    } catch {
      // What the library holds of a damaged file goes with the process.
    }
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function damaged(place: Place, why: string): UserError {
  return new UserError({
    what: 'this file cannot be read as HDF5',
    place,
    why,
    hint: 'Save or download it again.',
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 200);
}

interface VirtualFiles {
  lookupPath(path: string): { node: { usedBytes: number; stream_ops: Record<string, unknown> } };
  writeFile(path: string, data: Uint8Array): void;
  streams: ({ stream_ops: Record<string, unknown> } | undefined)[];
}

/** Gives the library a file whose bytes are fetched from disk when it asks: a weight file may hold half a gigabyte. */
function mapFile(files: VirtualFiles, name: string, path: string): number {
  const descriptor = openSync(path, 'r');
  const { size } = fstatSync(descriptor);
  files.writeFile(name, new Uint8Array(0));
  const { node } = files.lookupPath(name);
  node.usedBytes = size;
  node.stream_ops = {
    ...node.stream_ops,
    read(_stream: unknown, target: Uint8Array, offset: number, length: number, position: number): number {
      const count = Math.min(length, size - position);
      return count > 0 ? readSync(descriptor, target, offset, count, position) : 0;
    },
  };
  return descriptor;
}

/** The library prints a stack of its own for every failure; what matters of it is in the error. */
function silenceDiagnostics(files: VirtualFiles): void {
  const stderr = files.streams[2];
  if (!stderr) return;
  stderr.stream_ops = {
    ...stderr.stream_ops,
    write: (_stream: unknown, _data: unknown, _offset: number, length: number) => length,
  };
}

type Node = H5.Group | H5.File;

function wrapGroup(h5: typeof H5, group: Node, place: Place): Hdf5Group {
  const child = (parent: Node, name: string): H5.Entity | null =>
    parent.keys().includes(name) ? parent.get(name) : null;
  const strings = (value: unknown): readonly string[] | undefined => {
    if (typeof value === 'string') return [value];
    if (Array.isArray(value)) return value.filter((text): text is string => typeof text === 'string');
    // An empty list carries no type: it comes as an empty array of numbers.
    return ArrayBuffer.isView(value) && value.byteLength === 0 ? [] : undefined;
  };
  const attribute = (name: string): unknown => (name in group.attrs ? group.attrs[name]!.value : undefined);
  return {
    path: group.path,
    keys: () => group.keys(),
    group(name) {
      const found = child(group, name);
      return found instanceof h5.Group ? wrapGroup(h5, found, place) : undefined;
    },
    dataset(steps) {
      let at: Node = group;
      for (const step of steps.slice(0, -1)) {
        const next = child(at, step);
        if (!(next instanceof h5.Group)) return undefined;
        at = next;
      }
      const found = child(at, steps[steps.length - 1] ?? '');
      return found instanceof h5.Dataset ? wrapDataset(h5, found, place) : undefined;
    },
    text(name) {
      const value = attribute(name);
      return typeof value === 'string' ? value : undefined;
    },
    texts(name) {
      const whole = strings(attribute(name));
      if (whole) return whole;
      const parts: string[] = [];
      for (let i = 0; ; i++) {
        const part = strings(attribute(`${name}${i}`));
        if (!part) return i === 0 ? undefined : parts;
        parts.push(...part);
      }
    },
  };
}

function wrapDataset(h5: typeof H5, found: H5.Dataset, place: Place): Hdf5Dataset {
  return {
    path: found.path,
    shape: found.shape ?? [],
    check() {
      const { dataset } = numbersOf(h5, found, place);
      const { shape, chunks } = found.metadata;
      // Packed pieces may each be damaged; what lies in one piece is there if its end is.
      if (chunks) void dataset.value;
      else if (shape?.length && !shape.includes(0)) void dataset.slice(shape.map((n) => [n - 1, n]));
    },
    read() {
      const { dataset, toFloats } = numbersOf(h5, found, place);
      return toFloats(dataset.value);
    },
  };
}
