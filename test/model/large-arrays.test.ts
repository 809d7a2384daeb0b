import * as h5 from 'h5wasm';
import { describe, expect, it } from 'vitest';
import { withHdf5 } from '../../src/model/formats/hdf5.ts';
import { halfToNumber } from '../../src/model/half-floats.ts';
import { copyStrided } from '../../src/model/strided-copy.ts';
import type { StoredTensor } from '../../src/model/state-dict/stored-tensor.ts';
import { numberType, readTensor, rowMajor, transpose } from '../../src/model/state-dict/stored-tensor.ts';
import { randomFrom } from '../../src/random.ts';

/** Arrays of several pieces, of which none may be lost or misplaced. */

const count = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** By its definition, number by number. */
function gathered(numbers: ArrayLike<number>, { shape, strides, offset }: StoredTensor): Float32Array {
  return Float32Array.from({ length: count(shape) }, (_, i) => {
    let [rest, at] = [i, offset];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return numbers[at]!;
  });
}

function stored(type: string, bytes: Uint8Array, part: Pick<StoredTensor, 'shape' | 'strides' | 'offset'>) {
  const reads: number[] = [];
  const fill = (target: Uint8Array, start: number): Promise<void> => {
    if (start < 0 || start + target.length > bytes.length) throw new Error('beyond the end');
    reads.push(target.length);
    target.set(bytes.subarray(start, start + target.length));
    return Promise.resolve();
  };
  return { tensor: { type: numberType(type)!, storage: { bytes: bytes.length, fill }, ...part }, reads };
}

const bytesOf = ({ buffer }: { buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(buffer);

describe('a tensor of a state dict', () => {
  const kernel = [160, 130, 5, 6];
  const ramp = Float32Array.from({ length: count(kernel) + 7 }, (_, i) => i + 0.25);
  const part = { shape: kernel, strides: rowMajor(kernel), offset: 7 };

  it('is transposed piece by piece', async () => {
    const { tensor, reads } = stored('float32', bytesOf(ramp), part);
    const turned = transpose(tensor, [2, 3, 1, 0]);
    expect(await readTensor(turned)).toEqual(gathered(ramp, turned));
    expect(reads.length).toBeGreaterThan(1);
    expect(Math.max(...reads)).toBeLessThanOrEqual(2 ** 21);
    expect(await readTensor(tensor)).toEqual(gathered(ramp, tensor));
  });

  it.each([
    [8, 65],
    [9, 200],
    [17, 64],
    [67, 66],
    [130, 3],
    [1, 70],
    [5, 70],
  ])('of %i rows and %i columns is transposed', async (rows, columns) => {
    const numbers = Float32Array.from({ length: rows * columns }, (_, i) => i + 0.5);
    const tensor = { shape: [rows, columns], strides: [columns, 1], offset: 0 };
    const turned = transpose(stored('float32', bytesOf(numbers), tensor).tensor, [1, 0]);
    expect(await readTensor(turned)).toEqual(gathered(numbers, turned));
  });

  it('keeps the bits of what is no number', async () => {
    const bits = Uint32Array.from({ length: 64 * 48 }, (_, i) => 0x7f800001 + i);
    const { tensor } = stored('float32', bytesOf(bits), { shape: [64, 48], strides: [48, 1], offset: 0 });
    const turned = await readTensor(transpose(tensor, [1, 0]));
    const { shape, strides, offset } = transpose(tensor, [1, 0]);
    const expected = Array.from({ length: bits.length }, (_, i) => {
      const [row, column] = [Math.floor(i / shape[1]!), i % shape[1]!];
      return bits[offset + row * strides[0]! + column * strides[1]!];
    });
    expect([...new Uint32Array(turned.buffer, turned.byteOffset, turned.length)]).toEqual(expected);
  });

  it('is read where places overlap, repeat, or lie the other way round', async () => {
    const layouts = [
      { shape: [700, 900], strides: [1, 1000], offset: 3 },
      { shape: [40, 50, 60], strides: [7, 11, 13], offset: 0 },
      { shape: [300, 400], strides: [0, 2], offset: 1 },
      { shape: [500, 1, 600], strides: [1200, 5, 2], offset: 0 },
      { shape: [3, 2], strides: [0, 0], offset: 5 },
      { shape: [], strides: [], offset: 4 },
      { shape: [5, 0, 3], strides: [1, 1, 1], offset: 0 },
    ];
    const numbers = Float32Array.from({ length: 950_000 }, (_, i) => i);
    for (const layout of layouts) {
      const { tensor } = stored('float32', bytesOf(numbers), layout);
      expect(await readTensor(tensor)).toEqual(gathered(numbers, tensor));
    }
  });

  it('is widened from half precision', async () => {
    const halves = Uint16Array.from({ length: 1200 * 1100 }, (_, i) => (i * 7) % 0x7c00);
    const { tensor } = stored('float16', bytesOf(halves), {
      ...{ shape: [1200, 1100], strides: [1100, 1], offset: 0 },
    });
    const numbers = Float32Array.from(halves, halfToNumber);
    expect(await readTensor(tensor)).toEqual(numbers);
    const turned = transpose(tensor, [1, 0]);
    expect(await readTensor(turned)).toEqual(gathered(numbers, turned));
  });
});

it('copies every strided view as its definition says', () => {
  const random = randomFrom('strided copies');
  const below = (n: number): number => Math.floor(random() * n);
  for (let round = 0; round < 300; round++) {
    const shape = Array.from({ length: below(6) }, () => 1 + below(round % 3 ? 5 : 40)).slice(
      0,
      round % 3 ? 6 : 3,
    );
    const order = shape.map((_, axis) => ({ axis, at: random() })).sort((a, b) => a.at - b.at);
    const strides: number[] = [];
    let extent = 1;
    for (const { axis } of order) {
      strides[axis] = random() < 0.1 ? 0 : extent;
      extent *= shape[axis]! + below(2);
    }
    const source = Float32Array.from({ length: extent + 3 }, (_, i) => i + 0.5);
    const steps = rowMajor(shape);
    const axes = shape.map((size, axis) => ({ size, from: strides[axis]!, to: steps[axis]! }));
    const expected = gathered(source, { shape, strides, offset: 3 } as unknown as StoredTensor);
    for (const type of [Float32Array, Float64Array]) {
      const out = new type(expected.length + 2).fill(-1);
      copyStrided(source, out, axes, { from: 3, to: 2 });
      expect([...out]).toEqual([-1, -1, ...expected]);
    }
  }
});

describe('an array in HDF5', () => {
  const shape = [37, 90, 211];
  const numbers = Float32Array.from({ length: count(shape) }, (_, i) => i / 8);

  const read = async (
    dataset: Partial<h5.Dataset> & Record<string, unknown>,
    change: (file: Buffer) => void = () => {},
  ): Promise<Float32Array> => {
    const { FS } = await h5.ready;
    const file = new h5.File('/large.h5', 'w', { libver: ['earliest', 'v110'] });
    file.create_dataset({ name: 'array', ...dataset } as never);
    file.flush();
    file.close();
    const bytes = FS.readFile('/large.h5');
    FS.unlink('/large.h5');
    change(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    return withHdf5(bytes, { file: 'large.h5' }, (root) => {
      const found = root.dataset(['array'])!;
      found.check();
      return found.read();
    });
  };

  it('is read in pieces, however it is stored', async () => {
    expect(await read({ data: numbers, shape })).toEqual(numbers);
    expect(await read({ data: Float64Array.from(numbers), shape, dtype: '<d' })).toEqual(numbers);
    const packed = { chunks: [5, 40, 100], compression: 'gzip', compression_opts: 1 };
    expect(await read({ data: numbers, shape, ...packed })).toEqual(numbers);
    expect(await read({ data: numbers, shape, chunks: [37, 3, 7] })).toEqual(numbers);
    expect(await read({ data: numbers, shape: [1, numbers.length] })).toEqual(numbers);
    for (const other of [
      [1, 1, 37 * 90, 211],
      [2, 3, 15, 37 * 211],
      [37, 90, 211, 1],
      [1, 702_630, 1],
      [numbers.length],
    ])
      expect(await read({ data: numbers, shape: other })).toEqual(numbers);
    const wide = Float32Array.from({ length: 3 * 5 * 300_001 }, (_, i) => i);
    expect(await read({ data: wide, shape: [3, 1, 5, 300_001] })).toEqual(wide);
    expect(await read({ data: Int32Array.from(numbers, (x) => x * 8), shape, dtype: '<i' })).toEqual(
      numbers.map((x) => x * 8),
    );
  });

  it('is converted from the other byte order', async () => {
    const swapped = Float32Array.from(numbers);
    Buffer.from(swapped.buffer).swap32();
    const found = await read({ data: swapped, shape }, (file) => {
      // How a float32 is made up; the lowest bit is its byte order.
      const place = file.indexOf(Buffer.from('11201f000400000000002000170800177f000000', 'hex'));
      expect(place).toBeGreaterThan(0);
      file[place + 1]! ^= 1;
    });
    expect(found.every((value, i) => value === numbers[i])).toBe(true);
  });
});
