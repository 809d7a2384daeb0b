import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { FoldError } from './fold-error.ts';

/** Stands for the model's own file, as where skeleton.ts says that an array lies. No file has such a name. */
export const OWN_FILE = '\0own';

/** Files beside a model that hold its larger arrays: only regular ones in its own folder, or below it. */
export class ExternalFiles {
  readonly #own: string;
  readonly #folder: string;
  readonly #sizes = new Map<string, number>();

  /** @param path absolute, of the model file */
  constructor(path: string) {
    this.#own = path;
    this.#folder = dirname(path);
  }

  /** Absolute paths of the files asked for, in the order of the first time. */
  get paths(): readonly string[] {
    return [...this.#sizes.keys()];
  }

  /** Of all of them. */
  get bytes(): number {
    return [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
  }

  /**
   * How an array's bytes are read: as many as memory has room for, all of them or those from one on.
   *
   * @param keys `location`, `offset`, `length` as the file has them
   * @param bytes that the array needs
   * @throws FoldError where they lie outside the folder or the file has too few
   */
  find(
    name: string,
    keys: ReadonlyMap<string, string>,
    bytes: number,
  ): (into: Uint8Array, from?: number) => Uint8Array {
    const location = keys.get('location') ?? '';
    const isOwn = location === OWN_FILE;
    const path = isOwn ? this.#own : this.#inside(name, location);
    const offset = count(keys.get('offset') ?? '0');
    const length = count(keys.get('length') ?? String(bytes));
    const size = isOwn ? statSync(path).size : this.#sizes.get(path)!;
    if (isOwn && length !== bytes)
      throw new FoldError(
        `\`${name}\` needs ${bytes.toLocaleString('en')} bytes, and the file has ${length.toLocaleString('en')}`,
        'The file is damaged. Export or download it again.',
      );
    if (length !== bytes || !(offset + bytes <= size)) {
      throw new FoldError(
        `\`${name}\` needs ${bytes.toLocaleString('en')} bytes at ${offset.toLocaleString('en')} of \`${location}\`, which has ${size.toLocaleString('en')}`,
        'Copy the model with all files of its folder.',
      );
    }
    return (out, from = 0) => {
      const file = openSync(path, 'r');
      try {
        let done = 0;
        while (done < out.length) {
          const read = readSync(file, out, done, out.length - done, offset + from + done);
          if (read === 0) throw new FoldError(`\`${location}\` ends too early`);
          done += read;
        }
      } finally {
        closeSync(file);
      }
      return out;
    };
  }

  #inside(name: string, location: string): string {
    const leaves = new FoldError(
      `\`${name}\` is in the file \`${location}\` outside the model's folder`,
      'Only files in the folder of the model are read.',
    );
    if (!location || isAbsolute(location) || /^[a-z]:|\\|\0/i.test(location)) throw leaves;
    if (location.split('/').includes('..')) throw leaves;
    const path = join(this.#folder, location);
    if (this.#sizes.has(path)) return path;
    try {
      // Links may lead elsewhere.
      if (!realpathSync(path).startsWith(realpathSync(this.#folder) + sep)) throw leaves;
      const stat = statSync(path);
      // A pipe would be waited for.
      if (!stat.isFile()) throw new FoldError(`\`${location}\` is not a file`);
      this.#sizes.set(path, stat.size);
    } catch (error) {
      if (error instanceof FoldError) throw error;
      throw new FoldError(
        `\`${name}\` is in the file \`${location}\`, which cannot be read: ${(error as Error).message}`,
        'Copy the model with all files of its folder.',
      );
    }
    return path;
  }
}

function count(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : NaN;
}
