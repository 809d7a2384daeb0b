import { downscale } from '../image/downscale.ts';
import type { RawPanel } from '../techniques/technique.ts';
import { factsOf, namesOf } from './panel-facts.ts';
import type { PanelFacts, PanelFiles } from './panel-facts.ts';

/**
 * The stored form of a unit's panels: magic, lengths of header and payload, number of files it names, JSON header, then each
 * panel's values as uint16 steps between its least and greatest value. 65,534 steps are finer than any display, and half of
 * float32.
 */
export interface PackedPanel {
  readonly filter?: number;
  /** Of the stored map. */
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** Of the map before it was averaged down. */
  readonly fullHeight: number;
  readonly fullWidth: number;
  /** Least and greatest finite value of the full map; null where there is none. */
  readonly range: readonly [number | null, number | null];
  /** Range of the stored map, which the steps divide. */
  readonly scale: readonly [number, number];
  readonly flags: readonly string[];
  readonly finished: boolean;
  readonly facts?: PanelFacts;
  readonly files?: PanelFiles;
  /** In uint16 elements from the start of the payload. */
  readonly offset: number;
}

export interface PackedValues {
  readonly filters: readonly number[];
  /** Name of the .npy file among the store's assets. */
  readonly asset: string;
}

export interface PackHeader {
  readonly panels: readonly PackedPanel[];
  readonly values: readonly PackedValues[];
}

/** Part of every cache key: raise it when the stored form changes. */
export const PACK_VERSION = 4;

const MAGIC = 0x32525346; // "FSR2"
export const HEAD_BYTES = 16;
const STEPS = 65534;
const NOT_FINITE = 65535;

export function packPanels(
  panels: readonly RawPanel[],
  maxSide: number,
): { panels: PackedPanel[]; payload: Uint16Array } {
  const small = panels.map((panel) => downscale(panel, maxSide));
  const payload = new Uint16Array(small.reduce((sum, { data }) => sum + data.length, 0));
  let offset = 0;
  const packed = panels.map((panel, index): PackedPanel => {
    const { data, height, width } = small[index]!;
    const scale = quantize(data, payload, offset);
    const start = offset;
    offset += data.length;
    const [low, high] = panel.range;
    const facts = factsOf(panel);
    return {
      ...(panel.filter === undefined ? {} : { filter: panel.filter }),
      height,
      width,
      channels: panel.channels,
      fullHeight: panel.height,
      fullWidth: panel.width,
      range: [Number.isFinite(low) ? low : null, Number.isFinite(high) ? high : null],
      scale,
      flags: panel.flags ?? [],
      finished: panel.finished ?? false,
      ...(facts ? { facts } : {}),
      offset: start,
    };
  });
  return { panels: packed, payload };
}

function quantize(data: Float32Array, into: Uint16Array, offset: number): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of data) {
    if (value - value !== 0) continue; // NaN or infinite
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) low = high = 0;
  const factor = high > low ? STEPS / (high - low) : 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    into[offset + i] = value - value === 0 ? Math.round((value - low) * factor) : NOT_FINITE;
  }
  return [low, high];
}

export function writePack(header: PackHeader, payload: Uint16Array): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const padding = text.length % 2; // the payload must be aligned to its elements
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(text.length + padding, 4);
  head.writeUInt32LE(payload.length, 8);
  head.writeUInt32LE(filesIn(header).length, 12);
  const spaces = Buffer.alloc(padding, 0x20);
  return Buffer.concat([
    head,
    text,
    spaces,
    Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
  ]);
}

/** Names among the store's assets of all files that a result has beside its pack. */
export function filesIn({ panels, values }: PackHeader): string[] {
  return [
    ...values.map(({ asset }) => asset),
    ...panels.flatMap(({ files }) => (files ? namesOf(files) : [])),
  ];
}

/** How many files a pack names, by its first bytes. */
export function fileCount(head: Buffer): number {
  return head.readUInt32LE(12);
}

/** Bytes that a pack must have by what its first bytes say; undefined where they begin no pack. */
export function packLength(head: Buffer): number | undefined {
  if (head.length < HEAD_BYTES || head.readUInt32LE(0) !== MAGIC) return undefined;
  return HEAD_BYTES + head.readUInt32LE(4) + 2 * head.readUInt32LE(8);
}

/** One unit's stored result, read. */
export interface Pack {
  readonly header: PackHeader;
  /** float32 [height, width, channels] of one panel; NaN where the value was not finite. */
  data(panel: PackedPanel): Float32Array;
}

/** Undefined where the bytes are not a whole pack. */
export function readPack(bytes: Buffer): Pack | undefined {
  if (packLength(bytes) !== bytes.length) return undefined;
  const start = HEAD_BYTES + bytes.readUInt32LE(4);
  const elements = bytes.readUInt32LE(8);
  const header = JSON.parse(bytes.toString('utf8', HEAD_BYTES, start)) as PackHeader;
  const aligned = new Uint8Array(2 * elements);
  aligned.set(bytes.subarray(start));
  const payload = new Uint16Array(aligned.buffer);
  return {
    header,
    data(panel) {
      const count = panel.height * panel.width * panel.channels;
      const [low, high] = panel.scale;
      const step = (high - low) / STEPS;
      const out = new Float32Array(count);
      for (let i = 0; i < count; i++) {
        const stored = payload[panel.offset + i]!;
        out[i] = stored === NOT_FINITE ? NaN : low + stored * step;
      }
      return out;
    },
  };
}
