import type * as H5 from 'h5wasm';

/** h5wasm, made safe for untrusted files. */
export interface Hdf5Library {
  readonly h5: typeof H5;
  readonly files: VirtualFiles;
  /**
   * Limits the library's memory from now on. It never shrinks: what it has taken already stays.
   * @param bytes in all
   */
  limitMemory(bytes: number): void;
  /** Whether it has been refused memory since the limit was set. */
  readonly refused: boolean;
  /** Set where it ended in the middle of something. */
  crashed: boolean;
}

export interface VirtualFiles {
  lookupPath(path: string): { node: { usedBytes: number; stream_ops: Record<string, unknown> } };
  writeFile(path: string, data: Uint8Array): void;
  unlink(path: string): void;
  readdir(path: string): string[];
  isDir(mode: number): boolean;
  /** Of a link itself, not of what it leads to. */
  lstat(path: string): { mode: number };
  streams: ({ stream_ops: Record<string, unknown> } | undefined)[];
}

let library: Promise<Hdf5Library> | undefined;

/** Bytes that the library may keep between two files: it never gives back what a large one took. */
const KEPT_MEMORY = 2 ** 27;

/** Whether another file should not be read by this library: it holds much memory, has been refused some, or has crashed. */
export async function needsReplacement(): Promise<boolean> {
  if (!library) return false;
  const { h5, refused, crashed } = await library;
  return refused || crashed || h5.Module.HEAPU8.length > KEPT_MEMORY;
}

/** Loaded once in a thread. */
export function hdf5Library(): Promise<Hdf5Library> {
  return (library ??= load());
}

async function load(): Promise<Hdf5Library> {
  const h5 = await import('h5wasm');
  const { FS } = await h5.ready;
  const files = FS as unknown as VirtualFiles;
  silenceDiagnostics(files);
  removeDevices(files);
  throwOnFailure(h5.Module);
  const guard = guardMemory(() => h5.Module.HEAPU8.buffer);
  return {
    h5,
    files,
    crashed: false,
    limitMemory: guard.limit,
    get refused() {
      return guard.refused;
    },
  };
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

/** A file may link to others. Nothing but itself is there to be found, not even standard input. */
function removeDevices(files: VirtualFiles): void {
  for (const name of files.readdir('/dev')) {
    const path = `/dev/${name}`;
    if (!name.startsWith('.') && !files.isDir(files.lstat(path).mode)) files.unlink(path);
  }
}

/**
 * What reading a damaged piece leaves in memory would pass for its values: the library says that it failed, and its wrapper does
 * not look. Memory is handed out empty, so that no text is taken, and freed, that was never read.
 */
function throwOnFailure(module: typeof H5.Module): void {
  const { _malloc: allocate, get_dataset_data: readArray, get_attribute_data: readAttribute } = module;
  const throwIfFailed = (status: number, what: string): number => {
    if (status < 0) throw new Error(`the values of ${what} cannot be read`);
    return status;
  };
  Object.assign(module, {
    _malloc(bytes: number): number {
      const start = allocate(bytes);
      if (start !== 0) module.HEAPU8.fill(0, start, start + bytes);
      return start;
    },
    get_dataset_data: (...call: Parameters<typeof readArray>) => throwIfFailed(readArray(...call), call[1]),
    get_attribute_data: (...call: Parameters<typeof readAttribute>) =>
      throwIfFailed(readAttribute(...call), call[2]),
  });
}

/** Growing is asked of the memory object; a refusal is a failed allocation to the library, which then fails in order. */
function guardMemory(own: () => ArrayBufferLike): {
  limit(bytes: number): void;
  readonly refused: boolean;
} {
  const PAGE = 65_536;
  let most = Infinity;
  let refused = false;
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function guarded(this: WebAssembly.Memory, pages: number): number {
    if (this.buffer === own() && this.buffer.byteLength + pages * PAGE > most) {
      refused = true;
      throw new RangeError('the limit of memory is reached');
    }
    return grow.call(this, pages);
  };
  return {
    limit(bytes) {
      most = bytes;
      refused = false;
    },
    get refused() {
      return refused;
    },
  };
}
