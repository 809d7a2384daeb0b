/** A value and the bytes of the files that it was read from. */
export interface Weighed<V> {
  readonly value: V;
  readonly bytes: number;
}

/**
 * Remembers the values that were asked for last, as many as have a number of bytes together; always the last one. What is being made
 * is made once for all callers.
 */
export class Recent<V> {
  readonly #entries = new Map<string, { readonly made: Promise<V>; bytes: number }>();
  readonly #most: number;
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string, make: () => Promise<Weighed<V>>): Promise<V> {
    const known = this.#entries.get(key);
    if (known) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.made;
    }
    const making = make();
    const entry = { made: making.then(({ value }) => value), bytes: 0 };
    this.#entries.set(key, entry);
    void making.then(
      ({ bytes }) => this.#weigh(key, entry, bytes),
      () => this.#entries.delete(key),
    );
    return entry.made;
  }

  #weigh(key: string, entry: { bytes: number }, bytes: number): void {
    if (this.#entries.get(key) !== entry) return;
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#entries) {
      if (this.#bytes <= this.#most || oldest === key) break;
      this.#entries.delete(oldest);
      this.#bytes -= freed;
    }
  }
}
