/** A float32 array as NumPy's .npy, version 1.0: little-endian, C order. */
export function encodeNpy(shape: readonly number[], data: Float32Array): Buffer {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dimensions}), }`;
  const length = Math.ceil((10 + header.length + 1) / 64) * 64;
  const head = Buffer.alloc(length, 0x20);
  head.write('\x93NUMPY', 0, 'latin1');
  head.writeUInt8(1, 6);
  head.writeUInt8(0, 7);
  head.writeUInt16LE(length - 10, 8);
  head.write(header, 10, 'latin1');
  head.writeUInt8(0x0a, length - 1);
  return Buffer.concat([head, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

/** An array that `encodeNpy` wrote: its shape as it is written there, and its numbers. */
export function decodeNpy(bytes: Buffer): { readonly shape: string; readonly data: Float32Array } {
  const start = 10 + bytes.readUInt16LE(8);
  const shape = /'shape': \(([^)]*)\)/.exec(bytes.toString('latin1', 10, start))?.[1] ?? '';
  // In memory of its own, where numbers lie at multiples of their size.
  const data = new Float32Array(new Uint8Array(bytes.subarray(start)).buffer);
  return { shape, data };
}
