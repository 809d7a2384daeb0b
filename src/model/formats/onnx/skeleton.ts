import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { OWN_FILE } from './external-data.ts';

/** Numbers of fields in onnx.proto. */
const GRAPH = 7;
const INITIALIZER = 5;
const RAW_DATA = 9;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;

const VARINT = 0;
const BYTES = 2;
/** Bytes of fields of a fixed length, by their wire type. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** Arrays of fewer bytes stay where they are. */
const SMALL = 4096;
const BLOCK = 2 ** 16;

/** A file read here and there. */
class Cursor {
  readonly #file: number;
  readonly #block = new Uint8Array(BLOCK);
  #start = 0;
  #length = 0;
  at = 0;

  constructor(file: number) {
    this.#file = file;
  }

  byte(): number {
    if (this.at < this.#start || this.at >= this.#start + this.#length) {
      this.#start = this.at;
      this.#length = readSync(this.#file, this.#block, 0, BLOCK, this.at);
      if (this.#length === 0) throw new Malformed();
    }
    return this.#block[this.at++ - this.#start]!;
  }

  varint(): number {
    let [value, scale] = [0, 1];
    for (let i = 0; i < 10; i++) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return value;
    }
    throw new Malformed();
  }

  copy(from: number, to: number): Uint8Array {
    const out = new Uint8Array(to - from);
    let done = 0;
    while (done < out.length) {
      const read = readSync(this.#file, out, done, out.length - done, from + done);
      if (read === 0) throw new Malformed();
      done += read;
    }
    return out;
  }
}

class Malformed extends Error {}

interface Field {
  readonly number: number;
  readonly wire: number;
  /** Of the whole field, and of what it holds. */
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

function readField(cursor: Cursor, end: number): Field {
  const start = cursor.at;
  const tag = cursor.varint();
  const [number, wire] = [Math.floor(tag / 8), tag % 8];
  let from = cursor.at;
  let to: number;
  if (wire === VARINT) {
    cursor.varint();
    to = cursor.at;
  } else if (wire === BYTES) {
    const length = cursor.varint();
    from = cursor.at;
    to = from + length;
  } else {
    to = from + (FIXED[wire] ?? NaN);
  }
  if (!(to <= end)) throw new Malformed();
  cursor.at = to;
  return { number, wire, start, from, to };
}

/**
 * An ONNX file's bytes without its large arrays: an array of the graph that is stored as bytes is replaced by where it lies in the file.
 *
 * @returns undefined where the file is not well-formed, which the reader of messages describes better
 */
export function readSkeleton(
  path: string,
): { readonly bytes: Uint8Array; readonly size: number } | undefined {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const cursor = new Cursor(file);
    const parts = message(cursor, 0, size, (field) =>
      field.number === GRAPH && field.wire === BYTES
        ? message(cursor, field.from, field.to, (inner) =>
            inner.number === INITIALIZER && inner.wire === BYTES ? tensor(cursor, inner) : undefined,
          )
        : undefined,
    );
    return { bytes: Buffer.concat(parts), size };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  } finally {
    closeSync(file);
  }
}

/** A message's bytes, some of its fields replaced. @param replace gives what a field holds instead; undefined to keep it */
function message(
  cursor: Cursor,
  from: number,
  to: number,
  replace: (field: Field) => readonly Uint8Array[] | undefined,
): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  // Fields that stay are copied together.
  let kept = from;
  let at = from;
  while (at < to) {
    cursor.at = at;
    const field = readField(cursor, to);
    at = field.to;
    const replaced = replace(field);
    if (!replaced) continue;
    if (kept < field.start) parts.push(cursor.copy(kept, field.start));
    const length = replaced.reduce((sum, part) => sum + part.length, 0);
    parts.push(varint(field.number * 8 + BYTES), varint(length), ...replaced);
    kept = field.to;
  }
  if (kept < to) parts.push(cursor.copy(kept, to));
  return parts;
}

/** An array without its bytes, if they are many; undefined to keep it. */
function tensor(cursor: Cursor, { from, to }: Field): readonly Uint8Array[] | undefined {
  if (to - from < SMALL) return undefined;
  let raw: Field | undefined;
  const others: Field[] = [];
  cursor.at = from;
  while (cursor.at < to) {
    const field = readField(cursor, to);
    if (field.number === RAW_DATA && field.wire === BYTES) {
      // Twice the same field: the later one counts, which is for the reader of messages.
      if (raw) return undefined;
      raw = field;
    } else if (field.number === EXTERNAL_DATA || field.number === DATA_LOCATION) return undefined;
    else others.push(field);
  }
  if (!raw || raw.to - raw.from < SMALL) return undefined;
  const entries = [
    ['location', OWN_FILE],
    ['offset', String(raw.from)],
    ['length', String(raw.to - raw.from)],
  ] as const;
  return [
    ...others.map((field) => cursor.copy(field.start, field.to)),
    ...entries.flatMap(([key, value]) => {
      const entry = Buffer.concat([...text(1, key), ...text(2, value)]);
      return [varint(EXTERNAL_DATA * 8 + BYTES), varint(entry.length), entry];
    }),
    Uint8Array.of(DATA_LOCATION * 8 + VARINT, 1),
  ];
}

function text(number: number, value: string): readonly Uint8Array[] {
  const bytes = Buffer.from(value);
  return [varint(number * 8 + BYTES), varint(bytes.length), bytes];
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Uint8Array.of(...bytes, value);
}
