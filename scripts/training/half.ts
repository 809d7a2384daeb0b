/** The nearest IEEE 754 binary16 number, as its bits; halves go to the even neighbour. What is too large becomes infinite. */
export function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size === 0) return sign;
  if (size === Infinity) return sign | 0x7c00;
  // The steps between neighbours of this size: 2^-24 below the smallest normal number, 1/1024 of a power of two above.
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const steps = roundEven(size / 2 ** (exponent - 10));
  // 2048 steps are the next power of two: the carry runs into the exponent by itself.
  const bits = (exponent + 14) * 1024 + steps;
  return sign | Math.min(bits, 0x7c00);
}

function roundEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
