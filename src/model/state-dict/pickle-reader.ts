import { UnreadableFile } from './unreadable-file.ts';

/** Bytes of a whole number. */
const MAX_LONG = 256;

/** The arguments of a pickle's opcodes, in their order. Every length is compared with what is left before anything is made of it. */
export class PickleReader {
  /** Of the next byte. */
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  byte(): number {
    return this.#bytes[this.#skip(1)]!;
  }

  unsigned(size: 1 | 2 | 4): number {
    const at = this.#skip(size);
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  signed(size: 4): number {
    return this.#view.getInt32(this.#skip(size), true);
  }

  /** Of 8 bytes. */
  length(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  /** Big-endian, unlike all else. */
  float(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  /** A whole number in two's complement, lowest byte first. */
  long(count: number): number | bigint {
    if (count < 0 || count > MAX_LONG) throw new UnreadableFile(`It has a whole number of ${count} bytes.`);
    const start = this.#skip(count);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[start + i]!);
    value = BigInt.asIntN(8 * count, value);
    return BigInt.asIntN(53, value) === value ? Number(value) : value;
  }

  bytes(count: number): Uint8Array {
    const start = this.#skip(count);
    return this.#bytes.subarray(start, start + count);
  }

  text(count: number): string {
    return new TextDecoder().decode(this.bytes(count));
  }

  /** Text of Python 2, whose characters are bytes. */
  latin(count: number): string {
    return Buffer.from(this.bytes(count)).toString('latin1');
  }

  /** Up to the end of the line, which is left out. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new UnreadableFile('It is cut off.');
    const text = this.latin(end - this.at);
    this.at = end + 1;
    return text;
  }

  /** A string as Python prints it. */
  quoted(): string {
    const line = this.line();
    const [, quote, text] = /^(['"])(.*)\1$/s.exec(line.trim()) ?? [];
    if (quote === undefined || text === undefined) throw new UnreadableFile('It has a text without quotes.');
    return text.replace(/\\(?:x([0-9a-f]{2})|(.))/gis, (_, hex: string | undefined, escaped: string) =>
      hex === undefined ? (ESCAPES[escaped] ?? escaped) : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }

  rawUnicode(): string {
    return this.line().replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }

  #skip(count: number): number {
    const start = this.at;
    if (!(count >= 0) || start + count > this.#bytes.length) throw new UnreadableFile('It is cut off.');
    this.at = start + count;
    return start;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
