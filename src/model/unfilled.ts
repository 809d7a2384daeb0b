/** Bytes before the first one. */
export const OFFSET = 8;

/**
 * New memory that is going to be filled from its first byte to its last. It is not emptied first, which would take as long as filling it: until
 * then it holds anything. It never begins at a multiple of 16 bytes: TensorFlow copies such values, and would go on using those of others.
 */
export function unfilledBytes(bytes: number): Uint8Array<ArrayBuffer> {
  const { buffer } = Buffer.allocUnsafeSlow(bytes + OFFSET);
  return new Uint8Array(buffer as ArrayBuffer, OFFSET, bytes);
}

export function unfilledFloats(count: number): Float32Array<ArrayBuffer> {
  return asFloats(unfilledBytes(4 * count));
}

/** The same for arrays that are handed over with the weights of the next node that is, to whoever takes them. */
export const weightBytes = (bytes: number): Uint8Array => source(bytes);

export const weightFloats = (count: number): Float32Array => asFloats(weightBytes(4 * count));

/** @param take what gives such memory from now on, in this thread */
export function takeWeightMemoryFrom(take: (bytes: number) => Uint8Array): void {
  source = take;
}

let source: (bytes: number) => Uint8Array = unfilledBytes;

const asFloats = <B extends ArrayBufferLike>({
  buffer,
  byteOffset,
  byteLength,
}: Uint8Array<B>): Float32Array<B> => new Float32Array(buffer, byteOffset, byteLength / 4);
