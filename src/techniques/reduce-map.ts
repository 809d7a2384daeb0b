/** Places of a map: rows top to bottom - 1, columns left to right - 1. */
export interface PositionRange {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Greatest value of each channel and where it stands, as y·width + x; NaN at place -1 where there is none. */
export interface Peaks {
  readonly max: Float32Array;
  readonly place: Int32Array;
}

export interface ReducedMap {
  readonly mean: Float32Array;
  /** Of the inner places alone, and of all others. */
  readonly inner: Peaks;
  readonly outer: Peaks;
}

/**
 * Greatest value, its place and the mean of every channel, in one pass over the numbers: the same on every backend, whatever
 * its own argMax does with equal values and NaN. Of equal values the first counts, row by row; NaN counts as no value.
 *
 * @param data float32 [height, width, channels]
 * @param inner places whose maxima are kept apart from the others'; none where undefined
 */
export function reduceMap(
  data: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  inner: PositionRange | undefined,
): ReducedMap {
  const inside = emptyPeaks(channels);
  const outside = emptyPeaks(channels);
  const sum = new Float64Array(channels);
  let from = 0;
  for (let y = 0; y < height; y++) {
    const innerRow = inner !== undefined && y >= inner.top && y < inner.bottom;
    for (let x = 0; x < width; x++) {
      const { max, place } = innerRow && x >= inner.left && x < inner.right ? inside : outside;
      const here = y * width + x;
      for (let channel = 0; channel < channels; channel++) {
        const value = data[from++]!;
        sum[channel]! += value;
        if (value > max[channel]!) {
          max[channel] = value;
          place[channel] = here;
        }
      }
    }
  }
  const places = height * width;
  return {
    mean: Float32Array.from(sum, (total) => total / places),
    inner: withoutNothing(inside),
    outer: withoutNothing(outside),
  };
}

/** The greater of two for each channel; of equal ones the one that stands first. */
export function strongerPeaks(one: Peaks, other: Peaks): Peaks {
  const all: Peaks = { max: one.max.slice(), place: one.place.slice() };
  for (const [channel, value] of other.max.entries()) {
    const [here, there] = [all.place[channel]!, other.place[channel]!];
    if (there === -1) continue;
    const equal = value === all.max[channel];
    if (here !== -1 && !(value > all.max[channel]!) && !(equal && there < here)) continue;
    all.max[channel] = value;
    all.place[channel] = there;
  }
  return all;
}

function emptyPeaks(channels: number): Peaks {
  return { max: new Float32Array(channels).fill(-Infinity), place: new Int32Array(channels).fill(-1) };
}

function withoutNothing({ max, place }: Peaks): Peaks {
  return { max: max.map((value, channel) => (place[channel] === -1 ? NaN : value)), place };
}
