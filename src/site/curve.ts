/** Points of a polyline through values at equal distances; undefined where there is no line. */
export function drawCurve(
  values: readonly number[],
  size: { readonly width: number; readonly height: number },
): string | undefined {
  if (values.length < 2) return undefined;
  const least = Math.min(...values);
  const span = Math.max(...values) - least || 1;
  return values
    .map((value, index) => {
      const x = (size.width * index) / (values.length - 1);
      const y = size.height * (1 - (value - least) / span);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}
