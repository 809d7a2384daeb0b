import { fitsVectors, MOST_CHANNELS, PIECE, ROOMS, simdKernels } from '../simd/kernels.ts';
import type { Kernels } from '../simd/kernels.ts';
import type { PositionRange } from './reduce-map.ts';

/** Of every channel of a stack of maps. */
export interface ChannelRanges {
  /** Least and greatest finite value; NaN where none is. */
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** Greatest finite value of the inner places; -Infinity where there is none. */
  readonly inner: Float32Array;
  /** 1 where some value is not finite. */
  readonly odd: Uint8Array;
}

/** Places from one to another, row by row. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly isInner: boolean;
}

/**
 * Least and greatest values of all channels, in one pass over the numbers.
 * @param data float32 [height, width, channels]
 * @param inside places whose greatest values are stated apart; none where undefined
 */
export function channelRanges(
  data: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  inside?: PositionRange,
): ChannelRanges {
  const found: ChannelRanges = {
    low: new Float32Array(channels).fill(Infinity),
    high: new Float32Array(channels).fill(-Infinity),
    inner: new Float32Array(channels).fill(-Infinity),
    odd: new Uint8Array(channels),
  };
  const { low, high, inner, odd } = found;
  const kernels = simdKernels();
  const spans = spansOf(height, width, inside);
  if (kernels && fitsVectors(channels) && height * width > 1) measureByVectors(kernels, data, spans, found);
  else measure(data, spans, found);
  for (let channel = 0; channel < channels; channel++)
    high[channel] = Math.max(high[channel]!, inner[channel]!);
  for (let channel = 0; channel < channels; channel++) {
    if (odd[channel] === 1) measureOdd(channel);
    if (low[channel]! > high[channel]!) low[channel] = high[channel] = NaN;
  }
  return found;

  /** Again, without the values that are not finite. */
  function measureOdd(channel: number): void {
    low[channel] = Infinity;
    high[channel] = inner[channel] = -Infinity;
    for (let place = 0; place < height * width; place++) {
      const value = data[place * channels + channel]!;
      if (!Number.isFinite(value)) continue;
      if (value < low[channel]!) low[channel] = value;
      if (value > high[channel]!) high[channel] = value;
      if (isInside(inside, Math.floor(place / width), place % width) && value > inner[channel]!)
        inner[channel] = value;
    }
  }
}

const isInside = (inside: PositionRange | undefined, y: number, x: number): boolean =>
  inside !== undefined && y >= inside.top && y < inside.bottom && x >= inside.left && x < inside.right;

function spansOf(height: number, width: number, inside: PositionRange | undefined): Span[] {
  if (!inside) return [{ from: 0, to: height * width, isInner: false }];
  const { top, bottom, left, right } = inside;
  const rows = Array.from({ length: Math.max(0, bottom - top) }, (_, index) => (top + index) * width);
  return [
    { from: 0, to: top * width, isInner: false },
    ...rows.flatMap((row) => [
      { from: row, to: row + left, isInner: false },
      { from: row + left, to: row + right, isInner: true },
      { from: row + right, to: row + width, isInner: false },
    ]),
    { from: bottom * width, to: height * width, isInner: false },
  ];
}

function measure(data: Float32Array, spans: readonly Span[], { low, high, inner, odd }: ChannelRanges): void {
  const channels = low.length;
  for (const { from, to, isInner } of spans) {
    const most = isInner ? inner : high;
    const end = to * channels;
    for (let channel = 0; channel < channels; channel++) {
      let least = low[channel]!;
      let greatest = most[channel]!;
      let sum = 0;
      for (let at = from * channels + channel; at < end; at += channels) {
        const value = data[at]!;
        // Zero, and NaN from the first value on that is not finite.
        sum += value - value;
        if (value < least) least = value;
        if (value > greatest) greatest = value;
      }
      if (sum !== 0) odd[channel] = 1;
      low[channel] = least;
      most[channel] = greatest;
    }
  }
}

/** Numbers of one kind for each channel, and for lanes that no channel has. */
const ROOM = 4 * MOST_CHANNELS + 64;

/** As `measure`, to the bit. */
function measureByVectors(
  { ranges16, ranges4, floats, words }: Kernels,
  data: Float32Array,
  spans: readonly Span[],
  { low, high, inner, odd }: ChannelRanges,
): void {
  const channels = low.length;
  const rooms = { low: ROOMS.perChannel, high: ROOMS.perChannel + ROOM };
  const [innerRoom, oddRoom] = [rooms.high + ROOM, rooms.high + 2 * ROOM];
  floats.fill(Infinity, rooms.low / 4, rooms.low / 4 + channels);
  floats.fill(-Infinity, rooms.high / 4, rooms.high / 4 + channels);
  floats.fill(-Infinity, innerRoom / 4, innerRoom / 4 + channels);
  words.fill(0, oddRoom / 4, oddRoom / 4 + channels);
  const stride = 4 * channels;
  const most = Math.max(1, Math.floor(CACHED / stride));
  let [first, last] = [0, 0];
  for (const { from, to, isInner } of spans) {
    const highs = isInner ? innerRoom : rooms.high;
    for (let place = from; place < to;) {
      if (place < first || place >= last) {
        [first, last] = [place, place + most];
        floats.set(data.subarray(first * channels, last * channels), ROOMS.input / 4);
      }
      const until = Math.min(to, last);
      const start = ROOMS.input + (place - first) * stride;
      const end = ROOMS.input + (until - first) * stride;
      for (let at = 0; at < stride;) {
        const isWide = at + 64 <= stride;
        const call = isWide ? ranges16 : ranges4;
        call(start + at, end, stride, rooms.low + at, highs + at, oddRoom + at);
        at += isWide ? 64 : 16;
      }
      place = until;
    }
  }
  low.set(floats.subarray(rooms.low / 4, rooms.low / 4 + channels));
  high.set(floats.subarray(rooms.high / 4, rooms.high / 4 + channels));
  inner.set(floats.subarray(innerRoom / 4, innerRoom / 4 + channels));
  for (let channel = 0; channel < channels; channel++)
    odd[channel] = words[oddRoom / 4 + channel] === 0 ? 0 : 1;
}

/** Bytes of a piece that stays in a processor's second cache. */
const CACHED = Math.min(PIECE, 2 ** 18);
