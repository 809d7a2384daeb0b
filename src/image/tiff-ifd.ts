/** The tags of a TIFF's first page. Values that lie outside the file, or are too many to be true, read as absent. */

/** Bytes of the numbers that the two kinds of TIFF are made of. */
export const TIFF_ORDER = {
  classic: { offset: 4, entry: 12, count: 2 },
  big: { offset: 8, entry: 20, count: 8 },
} as const;

export interface Ifd {
  readonly isBig: boolean;
  /** Where the offset of the next page stands, and what it is: 0 for none. */
  readonly nextAt: number;
  readonly next: number;
  /** The numbers of a tag, at most `most`. */
  numbers(tag: number, most?: number): readonly number[] | undefined;
  /** Where the values of a tag lie in the file, and how many there are. */
  place(tag: number): { at: number; count: number; size: number } | undefined;
}

/** Bytes of a value, by TIFF type. */
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
const MAX_VALUES = 4096;

/** @returns undefined where the page lies outside the file */
export function readIfd(bytes: Uint8Array): Ifd | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const isBig = bytes[little ? 2 : 3] === 43;
  const order = TIFF_ORDER[isBig ? 'big' : 'classic'];
  const readAt = (at: number, size: 2 | 4 | 8): number =>
    at + size > bytes.length
      ? NaN
      : size === 2
        ? view.getUint16(at, little)
        : size === 4
          ? view.getUint32(at, little)
          : Number(view.getBigUint64(at, little));
  const start = readAt(isBig ? 8 : 4, order.offset);
  const count = readAt(start, order.count);
  const nextAt = start + order.count + count * order.entry;
  const next = readAt(nextAt, order.offset);
  if (!(count <= 65535) || Number.isNaN(next)) return undefined;

  const entries = new Map<number, { type: number; count: number; at: number }>();
  for (let index = 0; index < count; index++) {
    const at = start + order.count + index * order.entry;
    const tag = readAt(at, 2);
    const values = readAt(at + 4, order.offset);
    const valuesAt = at + 4 + order.offset;
    const inside = values * (SIZES[readAt(at + 2, 2)] ?? 0) <= order.offset;
    // Of a tag that stands there twice the first counts, as for libtiff.
    if (!entries.has(tag))
      entries.set(tag, {
        type: readAt(at + 2, 2),
        count: values,
        at: inside ? valuesAt : readAt(valuesAt, order.offset),
      });
  }
  const place = (tag: number) => {
    const entry = entries.get(tag);
    const size = entry && SIZES[entry.type];
    if (!entry || !size || !(entry.at + entry.count * size <= bytes.length)) return undefined;
    return { at: entry.at, count: entry.count, size };
  };
  const value = (type: number, at: number): number => {
    switch (type) {
      case 1:
        return view.getUint8(at);
      case 6:
        return view.getInt8(at);
      case 8:
        return view.getInt16(at, little);
      case 9:
        return view.getInt32(at, little);
      case 11:
        return view.getFloat32(at, little);
      case 12:
        return view.getFloat64(at, little);
      case 5:
        return view.getUint32(at, little) / view.getUint32(at + 4, little);
      case 10:
        return view.getInt32(at, little) / view.getInt32(at + 4, little);
      default:
        return SIZES[type] === 2
          ? view.getUint16(at, little)
          : SIZES[type] === 8
            ? Number(view.getBigUint64(at, little))
            : view.getUint32(at, little);
    }
  };
  return {
    isBig,
    nextAt,
    next,
    place,
    numbers(tag, most = MAX_VALUES) {
      const found = place(tag);
      if (!found || found.size === 0) return undefined;
      const { type } = entries.get(tag)!;
      return Array.from({ length: Math.min(found.count, most) }, (_, index) =>
        value(type, found.at + index * found.size),
      );
    },
  };
}
