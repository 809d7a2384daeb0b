/** Bytes before the first one. */
const OFFSET = 8;

/**
 * New memory that is going to be filled from its first byte to its last. It is not emptied first, which would take as long as filling it: until
 * then it holds anything. It never begins at a multiple of 16 bytes: TensorFlow copies such values, and would go on using those of others.
 */
export function unfilledBytes(bytes: number): Uint8Array<ArrayBuffer> {
  const { buffer } = Buffer.allocUnsafeSlow(bytes + OFFSET);
  return new Uint8Array(buffer as ArrayBuffer, OFFSET, bytes);
}

export function unfilledFloats(count: number): Float32Array<ArrayBuffer> {
  const { buffer, byteOffset } = unfilledBytes(4 * count);
  return new Float32Array(buffer, byteOffset, count);
}
