/**
 * Memory that is used again: every 64 MB that a program asks for anew make V8 look through the whole heap, which takes longer than
 * to fill them.
 */
export class SpareMemory {
  readonly #spare: ArrayBuffer[] = [];
  #bytes = 0;

  /** @param most bytes that are held while nobody uses them */
  constructor(private readonly most: number) {}

  /** At least so many bytes, which hold anything. */
  take(bytes: number): ArrayBuffer {
    const at = this.#spare.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 4 * bytes);
    if (at < 0) return new ArrayBuffer(bytes);
    const [found] = this.#spare.splice(at, 1);
    this.#bytes -= found!.byteLength;
    return found!;
  }

  /** Nobody may use it any more. */
  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength === 0 || this.#bytes + buffer.byteLength > this.most) return;
    this.#spare.push(buffer);
    this.#bytes += buffer.byteLength;
  }
}
