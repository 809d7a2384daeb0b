import { expect } from 'vitest';

/** Arrays of the same bytes are equal, and seen to be at once: value by value, expectations take longer than what they are about. */
function haveSameBytes(one: unknown, other: unknown): true | undefined {
  if (!ArrayBuffer.isView(one) || !ArrayBuffer.isView(other)) return undefined;
  if (one.constructor !== other.constructor || one.byteLength !== other.byteLength) return undefined;
  return Buffer.compare(bytesOf(one), bytesOf(other)) === 0 ? true : undefined;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

// Whatever has other bytes is compared as ever: 0 and -0, or NaNs of several kinds.
expect.addEqualityTesters([haveSameBytes]);
