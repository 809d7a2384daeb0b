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
