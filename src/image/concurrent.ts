/**
 * Results of `work` over `items` in their order, with at most `limit` under way or waiting to be taken: both cores are
 * busy and no more than `limit` results are in memory. The first failure ends it; work under way is awaited, not left behind.
 */
export async function* concurrently<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running: Promise<Result>[] = [];
  let index = 0;
  try {
    for await (const item of items) {
      const started = work(item, index++);
      // A failure is reported when its turn comes; until then it is not an unhandled one.
      started.catch(() => {});
      running.push(started);
      if (running.length >= limit) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}
