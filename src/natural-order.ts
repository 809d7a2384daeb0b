// One fixed locale: the order of files must not depend on whose machine lists them.
const collator = new Intl.Collator('en', { numeric: true });

/** `img-2` before `img-10`; texts that are equal to the collator are ordered by their code units. */
export function byNaturalOrder(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Folder by folder, so that what lies in `a` comes before what lies in `a-b`. Forward slashes. */
export function byNaturalPath(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const order = byNaturalOrder(left[index]!, right[index]!);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
