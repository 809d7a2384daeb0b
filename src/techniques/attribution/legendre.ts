/**
 * Points and weights of Gauss-Legendre quadrature on [0, 1]: the roots of Legendre's polynomial of that degree, by Newton's
 * method (Press et al., Numerical Recipes, 4.6).
 */
export function gaussLegendre(count: number): readonly { readonly point: number; readonly weight: number }[] {
  return Array.from({ length: count }, (_, index) => {
    let x = Math.cos((Math.PI * (index + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let round = 0; round < 100; round++) {
      const [value, derivative] = legendre(count, x);
      slope = derivative;
      const step = value / derivative;
      x -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    return { point: (1 - x) / 2, weight: 1 / ((1 - x * x) * slope * slope) };
  });
}

/** Value and derivative at x. */
function legendre(degree: number, x: number): [number, number] {
  let [before, value] = [1, x];
  for (let n = 2; n <= degree; n++)
    [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n];
  return [value, (degree * (x * value - before)) / (x * x - 1)];
}
