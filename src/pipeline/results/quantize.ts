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

/** Of a copy, so many places of so many channels at a time: what is read and what is written both stay in the processor's cache. */
const BLOCK = { places: 64, channels: 16 };

/**
 * Writes channels one after another.
 * @param scales of each channel: the range of its finite values
 * @param offsets where each channel goes; undefined for those that are not wanted
 */
export function quantizeChannels(
  { data, places, channels }: Channels,
  scales: readonly Scale[],
  into: Uint16Array,
  offsets: readonly (number | undefined)[],
): void {
  const factors = Float64Array.from(scales, ([low, high]) =>
    high > low ? QUANTIZED.steps / (high - low) : 0,
  );
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
}
