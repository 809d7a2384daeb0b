export function stillClimbs(curve: readonly number[]): boolean {
  return curve.length < 4;
}
