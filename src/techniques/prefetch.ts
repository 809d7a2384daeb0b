/** Loads one item ahead: while one is worked on here, the next is prepared on another thread. In order; one at a time. */
export async function* prefetch<T, R>(
  items: readonly T[],
  load: (item: T) => Promise<R>,
): AsyncIterable<readonly [item: T, loaded: R]> {
  let next = items.length > 0 ? load(items[0]!) : undefined;
  for (const [position, item] of items.entries()) {
    const loaded = await next!;
    const following = items[position + 1];
    next = position + 1 < items.length ? load(following as T) : undefined;
    next?.catch(() => {}); // thrown in its turn, if it comes to that
    yield [item, loaded];
  }
}
