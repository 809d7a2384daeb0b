/**
 * Spearman's rank correlation of two maps of the same size, by the magnitude of their values: -1..1. Equal values share their mean
 * rank. Undefined where all values of one are alike, or any is not a number: then there is no order to compare.
 */
export function rankCorrelation(one: Float32Array, other: Float32Array): number | undefined {
  const [a, b] = [ranks(one), ranks(other)];
  if (!a || !b) return undefined;
  const mean = (a.length - 1) / 2;
  let [both, ofOne, ofOther] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at]! - mean, b[at]! - mean];
    both += x * y;
    ofOne += x * x;
    ofOther += y * y;
  }
  return both / Math.sqrt(ofOne * ofOther);
}

function ranks(values: Float32Array): Float64Array | undefined {
  const sizes = values.map(Math.abs);
  if (sizes.some((size) => !Number.isFinite(size))) return undefined;
  const order = Uint32Array.from(sizes.keys()).sort((a, b) => sizes[a]! - sizes[b]!);
  const found = new Float64Array(order.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && sizes[order[to]!] === sizes[order[from]!]) to++;
    if (to - from === order.length) return undefined;
    for (let at = from; at < to; at++) found[order[at]!] = (from + to - 1) / 2;
    from = to;
  }
  return found;
}
