import * as h5 from 'h5wasm';

/** What a group holds: datasets as arrays with shapes, attributes under `@`, groups. */
export interface Hdf5Content {
  readonly '@'?: Readonly<Record<string, string | readonly string[]>>;
  readonly [name: string]:
    Hdf5Content | Hdf5Array | Readonly<Record<string, string | readonly string[]>> | undefined;
}

export interface Hdf5Array {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

let made = 0;

/** An HDF5 file in memory. */
export async function makeHdf5(content: Hdf5Content): Promise<Uint8Array> {
  const { FS } = await h5.ready;
  const name = `/made-${made++}.h5`;
  const file = new h5.File(name, 'w');
  fill(file, content);
  file.flush();
  file.close();
  const bytes = FS.readFile(name);
  FS.unlink(name);
  return bytes;
}

/** A shape with numbers that tell positions apart. */
export function array(...shape: number[]): Hdf5Array {
  const length = shape.reduce((product, n) => product * n, 1);
  return { shape, data: Float32Array.from({ length }, (_, i) => i / length) };
}

function fill(group: h5.Group, { '@': attributes = {}, ...children }: Hdf5Content): void {
  for (const [name, value] of Object.entries(attributes)) {
    group.create_attribute(name, typeof value === 'string' ? value : [...value]);
  }
  for (const [name, child] of Object.entries(children)) {
    if (child && 'data' in child && ArrayBuffer.isView(child.data)) {
      const { shape, data } = child as Hdf5Array;
      group.create_dataset({ name, data, shape: [...shape] });
    } else fill(group.create_group(name), child as Hdf5Content);
  }
}
