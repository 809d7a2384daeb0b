/** Nine significant digits name a float32 exactly; null where it is not finite. */
export function exact(value: number): number | null {
  const single = Math.fround(value);
  return Number.isFinite(single) ? Number(single.toPrecision(9)) : null;
}
