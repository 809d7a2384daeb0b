/**
 * What a shared store must be able to do: whole objects under names with slashes, as a folder or a bucket keeps them. An object is
 * there whole or not at all. Each function tries again for as long as a fault may pass, and throws a `WorkError` that names the
 * place, the object and what to do where it does not. Messages hold no credentials.
 */
export interface Objects {
  /** As messages name it: a path, or `s3://bucket/prefix`. */
  readonly address: string;
  /** Undefined where there is no such object. */
  find(name: string): Promise<Found | undefined>;
  /** Undefined where there is no such object. The bytes are those that the store has now, whatever was written once. */
  read(name: string): Promise<Read | undefined>;
  /** Replaces what is there. Returns when the store has confirmed the SHA-256 of what it holds. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Writes a file of any size. @param sha256 of the file, hexadecimal */
  writeFile(name: string, from: string, sha256: string): Promise<void>;
  /** Reads an object of any size into a file; false where there is none. */
  readFile(name: string, to: string): Promise<boolean>;
  /** Objects whose names begin so, in no order. */
  list(prefix: string): AsyncIterable<Listed>;
  /**
   * Gives an object the store's present time.
   * @param date its date as it was found
   * @param now the store's present time, for stores that must be told
   */
  touch(name: string, date: number, now: number): Promise<void>;
  /** Objects that are not there are no error. */
  remove(names: readonly string[]): Promise<void>;
  /** Removes what killed processes have left half written, from before that time of the store. */
  sweep(before: number): Promise<{ readonly files: number; readonly bytes: number }>;
  /** Throws a `UserError` where this cannot be a store; makes it one where it is empty. */
  open(): Promise<void>;
  close(): void;
}

export interface Found {
  /** Bytes. */
  readonly size: number;
  /** When it was written or touched: milliseconds since 1970 by the clock of the store. */
  readonly date: number;
}

export interface Listed extends Found {
  readonly name: string;
}

export interface Read {
  readonly bytes: Buffer;
  readonly date: number;
}

/** Marks a store, and says in which form its entries are. */
export const STORE_MARK = 'filterscope-store.json';
