/** The markers of a JPEG file: what kind it is, and whether all of it is there. */

const START_OF_SCAN = 0xda;
const END = 0xd9;
/** DHT, JPG and DAC: in the middle of the numbers of frames, and none. */
const NO_FRAMES = [0xc4, 0xc8, 0xcc];

/** By the marker of the frame; baseline, extended and progressive ones are read. */
const KINDS: Readonly<Record<number, string>> = {
  0xc3: 'lossless',
  0xc5: 'hierarchical',
  0xc6: 'hierarchical',
  0xc7: 'hierarchical',
  0xc9: 'arithmetic coding',
  0xca: 'arithmetic coding',
  0xcb: 'lossless with arithmetic coding',
  0xcd: 'hierarchical',
  0xce: 'hierarchical',
  0xcf: 'hierarchical',
};

interface Segment {
  readonly marker: number;
  /** After marker and length; of a scan, its header without the coded data. */
  readonly content: Uint8Array;
}

/** From the first segment up to the end marker, or as far as they go. */
function* segments(bytes: Uint8Array): Generator<Segment> {
  let at = 2;
  for (;;) {
    while (at + 1 < bytes.length && !isMarker(bytes, at)) at++;
    const marker = bytes[at + 1];
    if (marker === undefined) return;
    if (marker === END) return void (yield { marker, content: bytes.subarray(at, at) });
    const length = (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0);
    yield { marker, content: bytes.subarray(at + 4, at + 2 + length) };
    at += 2 + length;
  }
}

/** Neither a filled byte of coded data nor one of the marks that divide it. */
function isMarker(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at + 1]!;
  return bytes[at] === 0xff && next !== 0 && next !== 0xff && next !== 1 && !(next >= 0xd0 && next <= 0xd7);
}

const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && !NO_FRAMES.includes(marker);

/** The kind of a JPEG that not every decoder reads; `undefined` for the usual ones. */
export function unusualJpeg(bytes: Uint8Array): string | undefined {
  for (const { marker, content } of segments(bytes)) {
    if (isFrame(marker)) return KINDS[marker] ?? (content[0] === 8 ? undefined : `${content[0]} bits`);
    if (marker === START_OF_SCAN) return undefined;
  }
  return undefined;
}

/** True where the end marker stands somewhere behind the first scan; what follows it is no part of the image. */
export function hasEnd(bytes: Uint8Array): boolean {
  if (bytes.at(-2) === 0xff && bytes.at(-1) === END) return true;
  let last = 0;
  for (const { marker } of segments(bytes)) last = marker;
  return last === END;
}

/**
 * Whether there is a scan for every coefficient of every component down to its last bit. Not every coded byte of them
 * need be there: the decoder notices.
 */
export function hasAllScans(bytes: Uint8Array): boolean {
  /** Of each component, the lowest bit known of its 64 coefficients. */
  const known = new Map<number, number[]>();
  for (const { marker, content } of segments(bytes)) {
    if (isFrame(marker)) {
      for (let index = 0; index < (content[5] ?? 0); index++) {
        known.set(content[6 + index * 3] ?? -1, new Array<number>(64).fill(Infinity));
      }
    }
    if (marker !== START_OF_SCAN) continue;
    const count = content[0] ?? 0;
    const [first = 0, last = 63, bits = 0] = content.subarray(1 + count * 2);
    for (let index = 0; index < count; index++) {
      known.get(content[1 + index * 2] ?? -1)?.fill(bits & 15, first, last + 1);
    }
  }
  return known.size > 0 && [...known.values()].every((component) => component.every((bit) => bit === 0));
}

/** The file with an end marker behind it. */
export function withEnd(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Uint8Array.from(bytes.at(-1) === 0xff ? [END] : [0xff, END])]);
}
