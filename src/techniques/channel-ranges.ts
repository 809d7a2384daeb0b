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
  const low = new Float32Array(channels).fill(Infinity);
  const outer = new Float32Array(channels).fill(-Infinity);
  const inner = new Float32Array(channels).fill(-Infinity);
  const odd = new Uint8Array(channels);
  const span = (from: number, to: number, high: Float32Array): void => {
    const end = to * channels;
    for (let channel = 0; channel < channels; channel++) {
      let least = low[channel]!;
      let greatest = high[channel]!;
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
      high[channel] = greatest;
    }
  };
  for (let y = 0; y < height; y++) {
    const row = y * width;
    if (inside && y >= inside.top && y < inside.bottom) {
      span(row, row + inside.left, outer);
      span(row + inside.left, row + inside.right, inner);
      span(row + inside.right, row + width, outer);
    } else {
      span(row, row + width, outer);
    }
  }
  const high = outer.map((value, channel) => Math.max(value, inner[channel]!));
  for (let channel = 0; channel < channels; channel++) {
    if (odd[channel] === 1) measureOdd(channel);
    if (low[channel]! > high[channel]!) low[channel] = high[channel] = NaN;
  }
  return { low, high, inner, odd };

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
