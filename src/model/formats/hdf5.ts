import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type * as H5 from 'h5wasm';
import type { Place } from '../../errors.ts';
import { shortageOf, UserError } from '../../errors.ts';
import { memorySize } from '../../byte-size.ts';
import { libraryMemory, MAX_GROUPS, unpackedLimit } from '../reading/limits.ts';
import { hdf5Library } from './hdf5-library.ts';
import type { VirtualFiles } from './hdf5-library.ts';
import { readTextAsUtf8 } from './hdf5-text.ts';
import type { Divert } from './hdf5-pieces.ts';
import { readLast, readPieces } from './hdf5-pieces.ts';
import { isPlainFloats, numbersOf } from './hdf5-values.ts';
import { weightFloats } from '../unfilled.ts';

/** Where the bytes are: in memory, or a part of a file, which is read piece by piece. */
export type Hdf5Source = Uint8Array | FilePart;

export interface FilePart {
  readonly path: string;
  /** Absent for the whole file. */
  readonly part?: { readonly start: number; readonly length: number };
}

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
 * Opens a file, hands its root to `read` and closes it. The library sees that file alone, in a file system in memory, and
 * has as much memory as a file of that size may need.
 * @throws UserError where the file is damaged, whatever way the library takes to say so
 */
export async function withHdf5<T>(
  source: Hdf5Source,
  place: Place,
  read: (root: Hdf5Group) => T,
): Promise<T> {
  const library = await hdf5Library();
  const { h5, files } = library;
  readTextAsUtf8(h5.Module);
  const name = `/file-${opened++}.h5`;
  const bytes = divertible(openBytes(source));
  library.limitMemory(libraryMemory(bytes.size));
  let file: H5.File | undefined;
  try {
    mapFile(files, name, bytes);
    file = new h5.File(name, 'r');
    if (file.file_id < 0n) throw damaged(place, 'The file is not HDF5, or is cut off.');
    const { size, divert } = bytes;
    return read(wrapGroup(h5, file, { place, bytes: size, divert, groups: 0, unpacked: 0 }));
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) library.crashed = true;
    if (library.refused) throw tooMuchMemory(place, bytes.size);
    if (error instanceof UserError) throw error;
    const shortage = shortageOf(error, place.file);
    if (shortage) throw shortage;
    throw damaged(place, `The HDF5 library reports: ${firstLine(error).replace(/\.?$/, '.')}`);
  } finally {
    try {
      if (file && file.file_id >= 0n) file.close();
      files.unlink(name);
    } catch {
      // What the library holds of a damaged file goes with its thread.
    }
    bytes.close();
  }
}

function damaged(place: Place, why: string): UserError {
  return new UserError({
    what: 'The file cannot be read as HDF5.',
    place,
    why,
    hint: 'Save or download the file again.',
  });
}

function tooMuchMemory(place: Place, size: number): UserError {
  return new UserError({
    what: `Reading the file takes more than ${memorySize(libraryMemory(size))} of memory.`,
    place,
    why: `That is the limit for a file of ${memorySize(size)}. The file is damaged, or declares more than it contains.`,
    hint: 'Save or download the file again.',
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 200);
}

interface Bytes {
  readonly size: number;
  /** Copies bytes at a position; returns how many. */
  copy(target: Uint8Array, offset: number, length: number, position: number): number;
  close(): void;
}

function openBytes(source: Hdf5Source): Bytes {
  if (source instanceof Uint8Array) {
    return {
      size: source.length,
      copy(target, offset, length, position) {
        const piece = source.subarray(position, position + length);
        target.set(piece, offset);
        return piece.length;
      },
      close: () => {},
    };
  }
  const descriptor = openSync(source.path, 'r');
  const { start, length: size } = source.part ?? { start: 0, length: fstatSync(descriptor).size };
  return {
    size,
    copy(target, offset, length, position) {
      const count = Math.min(length, size - position);
      return count > 0 ? readSync(descriptor, target, offset, count, start + position) : 0;
    },
    close: () => closeSync(descriptor),
  };
}

/** The same bytes, of which those that are asked for in one piece, to be put at one address, can be put elsewhere. */
function divertible(bytes: Bytes): Bytes & { readonly divert: Divert } {
  let diverted: { readonly address: number; readonly target: Uint8Array } | undefined;
  let isThere = false;
  return {
    ...bytes,
    copy(target, offset, length, position) {
      if (diverted && offset === diverted.address && length === diverted.target.length) {
        isThere = bytes.copy(diverted.target, 0, length, position) === length;
        if (isThere) return length;
      }
      return bytes.copy(target, offset, length, position);
    },
    divert(address, target, read) {
      diverted = { address, target };
      isThere = false;
      try {
        read();
      } finally {
        diverted = undefined;
      }
      return isThere;
    },
  };
}

/** Gives the library a file whose bytes are fetched when it asks: a weight file may hold half a gigabyte. */
function mapFile(files: VirtualFiles, name: string, bytes: Bytes): void {
  files.writeFile(name, new Uint8Array(0));
  const { node } = files.lookupPath(name);
  node.usedBytes = bytes.size;
  node.stream_ops = {
    ...node.stream_ops,
    read: (_stream: unknown, target: Uint8Array, offset: number, length: number, position: number) =>
      bytes.copy(target, offset, length, position),
  };
}

type Node = H5.Group | H5.File;

/** What has been found in a file so far. */
interface Visit {
  readonly place: Place;
  /** Of the file. */
  readonly bytes: number;
  readonly divert: Divert;
  groups: number;
  unpacked: number;
}

function wrapGroup(h5: typeof H5, node: Node, visit: Visit): Hdf5Group {
  if (++visit.groups > MAX_GROUPS) {
    throw new UserError({
      what: `The file has more than ${MAX_GROUPS.toLocaleString('en')} groups, or groups that contain themselves.`,
      place: visit.place,
      hint: 'Save the weights again.',
    });
  }
  // Listing takes the library as long as the list is: each is asked for once.
  let names: ReadonlySet<string> | undefined;
  let attributes: ReadonlySet<string> | undefined;
  const keys = (): ReadonlySet<string> => (names ??= new Set(node.keys()));
  const groups = new Map<string, Hdf5Group | undefined>();
  const group = (name: string): Hdf5Group | undefined => {
    if (!groups.has(name)) {
      const found = isStep(name) ? node.get(name) : null;
      groups.set(name, found instanceof h5.Group ? wrapGroup(h5, found, visit) : undefined);
    }
    return groups.get(name);
  };
  const strings = (attribute: string): readonly string[] | undefined => {
    attributes ??= new Set(h5.Module.get_attribute_names(node.file_id, node.path) as string[]);
    return attributes.has(attribute) ? readStrings(h5, node, attribute, visit) : undefined;
  };
  return {
    path: node.path,
    keys: () => [...keys()],
    group,
    dataset(steps) {
      const [first, ...rest] = steps;
      if (first === undefined) return undefined;
      if (rest.length > 0) return group(first)?.dataset(rest);
      const found = isStep(first) ? findDataset(h5, node, first) : undefined;
      return found && wrapDataset(h5, found, visit);
    },
    text(name) {
      const values = strings(name);
      return values?.length === 1 ? values[0] : undefined;
    },
    texts(name) {
      const whole = strings(name);
      if (whole) return whole;
      const parts: string[] = [];
      for (let i = 0; ; i++) {
        const part = strings(`${name}${i}`);
        if (!part) return i === 0 ? undefined : parts;
        parts.push(...part);
      }
    },
  };
}

/** Whether a name is a single step: HDF5 takes slashes for groups in groups, and text for ended by a NUL. */
const isStep = (name: string): boolean => !/[/\0]/.test(name);

/** Its description is asked for at once: lists of groups and kinds of their members take longer, and are needed only where there is none. */
function findDataset(h5: typeof H5, node: Node, name: string): H5.Dataset | undefined {
  const dataset = new h5.Dataset(node.file_id, `${node.path.replace(/\/$/, '')}/${name}`);
  try {
    void dataset.metadata;
    return dataset;
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) throw error;
    const found = node.get(name);
    return found instanceof h5.Dataset ? found : undefined;
  }
}

/** Undefined for what is no text. An empty list carries no type. */
function readStrings(
  { Attribute, Module }: typeof H5,
  { file_id: file, path }: Node,
  name: string,
  visit: Visit,
): readonly string[] | undefined {
  const attribute = new Attribute(file, path, name);
  const { type, size, total_size: count } = attribute.metadata;
  if (attribute.shape?.includes(0)) return [];
  if (type !== Module.H5T_class_t.H5T_STRING.value) return undefined;
  expectUnpacked(`the attribute \`${name}\``, size * count, visit);
  const { value } = attribute;
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : undefined;
}

/** @throws UserError where all that is read from a file comes to more than one of its size can hold */
function expectUnpacked(what: string, bytes: number, visit: Visit): void {
  visit.unpacked += bytes;
  const most = unpackedLimit(visit.bytes);
  if (visit.unpacked <= most) return;
  throw new UserError({
    what: `With ${what} the file declares ${memorySize(visit.unpacked)}.`,
    place: visit.place,
    why: `The limit for a file of ${memorySize(visit.bytes)} is ${memorySize(most)}.`,
    hint: 'The file is damaged, or made to fill memory. Save or download it again.',
  });
}

function wrapDataset(h5: typeof H5, found: H5.Dataset, visit: Visit): Hdf5Dataset {
  const { metadata, path } = found;
  const shape = metadata.shape ?? [];
  const count = shape.reduce((product, n) => product * n, 1);
  if (metadata.virtual_sources) {
    throw new UserError({
      what: `The weights \`${path}\` are stored in other files.`,
      place: visit.place,
      why: 'Only weights inside the file itself are read.',
    });
  }
  expectUnpacked(`the array \`${path}\``, count * Math.max(metadata.size, 4), visit);
  return {
    path,
    shape,
    check() {
      numbersOf(h5, found, visit.place);
      // Packed pieces may each be damaged; what lies in one piece is there if its end is.
      if (metadata.chunks) readPieces(h5, found, () => {});
      else readLast(h5, found);
    },
    read() {
      const toFloats = numbersOf(h5, found, visit.place);
      const values = weightFloats(count);
      const { buffer, byteOffset, byteLength } = values;
      const target = new Uint8Array(buffer, byteOffset, byteLength);
      const direct = isPlainFloats(h5, found) ? { divert: visit.divert, target } : undefined;
      readPieces(h5, found, (bytes, at) => values.set(toFloats(bytes), at), direct);
      return values;
    },
  };
}
