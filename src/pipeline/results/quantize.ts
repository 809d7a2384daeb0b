import { fitsVectors, MOST_CHANNELS, PIECE, ROOMS, simdKernels } from '../../simd/kernels.ts';
import type { Kernels } from '../../simd/kernels.ts';

/** Numbers as uint16 steps between their least and greatest value. */
export const QUANTIZED = { steps: 65534, notFinite: 65535 } as const;

/** float32 [places, channels], and which of the channels to take. */
export interface Channels {
  readonly data: Float32Array;
  readonly places: number;
  readonly channels: number;
}

/** Finite values from `low` to `high` are divided into steps. */
type Scale = readonly [low: number, high: number];

/** What one step stands for. */
export const stepOf = ([low, high]: Scale): number => (high - low) / QUANTIZED.steps;

type Offsets = readonly (number | undefined)[];

/**
 * Writes channels one after another.
 * @param scales of each channel: the range of its finite values
 * @param offsets where each channel goes; undefined for those that are not wanted
 */
export function quantizeChannels(
  from: Channels,
  scales: readonly Scale[],
  into: Uint16Array,
  offsets: Offsets,
): void {
  const factors = Float64Array.from(scales, ([low, high]) =>
    high > low ? QUANTIZED.steps / (high - low) : 0,
  );
  const kernels = simdKernels();
  const take = kernels && fitsVectors(from.channels) ? stepsByVectors(kernels) : steps;
  take(from, scales, factors, into, offsets);
}

type Take = (
  from: Channels,
  scales: readonly Scale[],
  factors: Float64Array,
  into: Uint16Array,
  offsets: Offsets,
) => void;

/** Of a copy, so many places of so many channels at a time: what is read and what is written both stay in the processor's cache. */
const BLOCK = { places: 64, channels: 16 };

const steps: Take = ({ data, places, channels }, scales, factors, into, offsets) => {
  for (let place = 0; place < places; place += BLOCK.places) {
    const count = Math.min(BLOCK.places, places - place);
    for (let first = 0; first < channels; first += BLOCK.channels) {
      for (let channel = first; channel < Math.min(first + BLOCK.channels, channels); channel++) {
        const offset = offsets[channel];
        if (offset === undefined) continue;
        const low = scales[channel]![0];
        const factor = factors[channel]!;
        let from = place * channels + channel;
        const end = offset + place + count;
        for (let to = offset + place; to < end; to++, from += channels) {
          const value = data[from]!;
          // Rounded; Math.round takes four times as long.
          into[to] = value - value === 0 ? ((value - low) * factor + 0.5) | 0 : QUANTIZED.notFinite;
        }
      }
    }
  }
};

/** Places that a vector has of each channel. */
const EIGHT = 8;
const LOWS = ROOMS.perChannel;
const FACTORS = LOWS + 8 * MOST_CHANNELS + 64;

/** As `steps`, to the bit. */
const stepsByVectors =
  ({ quantize, floats, doubles, halves }: Kernels): Take =>
  ({ data, places, channels }, scales, factors, into, offsets) => {
    for (let channel = 0; channel < channels; channel++) doubles[LOWS / 8 + channel] = scales[channel]![0];
    doubles.set(factors, FACTORS / 8);
    const stride = 4 * channels;
    const piece = pieceOf(places, stride);
    // The last vectors of a piece have places beyond it.
    const plane = 2 * (Math.ceil(piece / EIGHT) * EIGHT);
    for (let place = 0; place < places; place += piece) {
      const count = Math.min(piece, places - place);
      floats.set(data.subarray(place * channels, (place + count) * channels), ROOMS.input / 4);
      for (let first = 0; first < count; first += BLOCK.places) {
        const [at, to] = [ROOMS.input + first * stride, ROOMS.output + 2 * first];
        const end = ROOMS.output + 2 * Math.min(first + BLOCK.places, count);
        for (let channel = 0; channel < channels; channel += 4) {
          const [low, factor] = [LOWS + 8 * channel, FACTORS + 8 * channel];
          const skipped = channel * plane;
          quantize(at + 4 * channel, to + skipped, end + skipped, stride, low, factor, plane);
        }
      }
      const start = offsets[0];
      if (2 * places === plane && start !== undefined && areNeighbours(offsets, places)) {
        into.set(halves.subarray(ROOMS.output / 2, ROOMS.output / 2 + places * channels), start);
        continue;
      }
      for (let channel = 0; channel < channels; channel++) {
        const offset = offsets[channel];
        if (offset === undefined) continue;
        const start = (ROOMS.output + channel * plane) / 2;
        into.set(halves.subarray(start, start + count), offset + place);
      }
    }
  };

/** Whether channels of so many places lie one behind another. */
const areNeighbours = (offsets: Offsets, places: number): boolean =>
  offsets.every((offset, channel) => offset === offsets[0]! + channel * places);

/** Places of a piece: all, or as many as there is room for what is read and what is written, with lanes that no channel has. */
function pieceOf(places: number, stride: number): number {
  const most = Math.min(PIECE / stride - EIGHT, PIECE / (2 * (stride / 4 + 3)));
  return Math.min(places, Math.floor(most / EIGHT) * EIGHT);
}
