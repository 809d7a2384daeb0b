import { fitsVectors, PIECE, ROOMS, simdKernels } from '../simd/kernels.ts';
import type { Kernels } from '../simd/kernels.ts';

/** float32 [height, width, channels], row-major. */
export interface FloatMaps {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/**
 * Maps made smaller until no side is longer than `maxSide`, each value the mean of the area it covers, proportions kept
 * to the nearest pixel. Values that are not numbers are left out of a mean, and stay only where nothing else is. Maps
 * that are small enough come back as they are, not copied.
 */
export function downscale<Maps extends FloatMaps>(maps: Maps, maxSide: number): FloatMaps {
  const { height, width } = maps;
  const longest = Math.max(height, width);
  if (longest <= maxSide) return maps;
  const shrunk = (side: number) => Math.max(1, Math.round((side * maxSide) / longest));
  return averageTo(maps, shrunk(height), shrunk(width));
}

/** Maps made smaller to so many rows and columns, as `downscale` does. */
export function averageTo(maps: FloatMaps, rows: number, columns: number): FloatMaps {
  if (rows === maps.height && columns === maps.width) return maps;
  const isHalf = maps.height === 2 * rows && maps.width === 2 * columns;
  const plain = isHalf ? halved(maps, rows, columns) : average(maps, rows, columns);
  return hasNaN(plain.data) ? averageOfNumbers(maps, rows, columns) : plain;
}

function average({ height, width, channels, data }: FloatMaps, rows: number, columns: number): FloatMaps {
  const down = shares(height, rows);
  const across = shares(width, columns);
  const out = new Float32Array(rows * columns * channels);
  const line = new Float64Array(width * channels);
  const sum = new Float64Array(channels);
  for (let row = 0; row < rows; row++) {
    line.fill(0);
    const { first, weights } = down[row]!;
    for (let step = 0; step < weights.length; step++) {
      const weight = weights[step]!;
      const start = (first + step) * line.length;
      for (let index = 0; index < line.length; index++) line[index]! += weight * data[start + index]!;
    }
    for (let column = 0; column < columns; column++) {
      sum.fill(0);
      const span = across[column]!;
      for (let step = 0; step < span.weights.length; step++) {
        const weight = span.weights[step]!;
        const start = (span.first + step) * channels;
        for (let channel = 0; channel < channels; channel++) sum[channel]! += weight * line[start + channel]!;
      }
      out.set(sum, (row * columns + column) * channels);
    }
  }
  return { height: rows, width: columns, channels, data: out };
}

function hasNaN(data: Float32Array): boolean {
  for (let at = 0; at < data.length; at++) if (Number.isNaN(data[at])) return true;
  return false;
}

/** As `average`, to the bit: half the size is what most large maps become. */
function halved(maps: FloatMaps, rows: number, columns: number): FloatMaps {
  const kernels = simdKernels();
  const hasRoom = 8 * maps.width * maps.channels <= PIECE;
  return kernels && fitsVectors(maps.channels) && hasRoom
    ? averageByVectors(kernels, maps, rows, columns)
    : averageOfFour(maps, rows, columns);
}

function averageOfFour({ width, channels, data }: FloatMaps, rows: number, columns: number): FloatMaps {
  const out = new Float32Array(rows * columns * channels);
  const line = width * channels;
  for (let row = 0, to = 0; row < rows; row++) {
    for (let start = 2 * row * line; start < (2 * row + 1) * line; start += 2 * channels) {
      for (let at = start; at < start + channels; at++) {
        const left = 0.5 * data[at]! + 0.5 * data[at + line]!;
        const right = 0.5 * data[at + channels]! + 0.5 * data[at + channels + line]!;
        out[to++] = 0.5 * left + 0.5 * right;
      }
    }
  }
  return { height: rows, width: columns, channels, data: out };
}

/** As `averageOfFour`, to the bit. */
function averageByVectors(
  { halve, floats }: Kernels,
  { width, channels, data }: FloatMaps,
  rows: number,
  columns: number,
): FloatMaps {
  const out = new Float32Array(rows * columns * channels);
  const line = width * channels;
  const made = columns * channels;
  const above = ROOMS.input;
  for (let row = 0; row < rows; row++) {
    floats.set(data.subarray(2 * row * line, 2 * (row + 1) * line), above / 4);
    halve(above, above + 4 * line, ROOMS.output, ROOMS.output + 4 * made, 4 * channels);
    out.set(floats.subarray(ROOMS.output / 4, ROOMS.output / 4 + made), row * made);
  }
  return { height: rows, width: columns, channels, data: out };
}

/** The mean of x over the numbers is the mean of x with zeros for NaN, divided by the share that are numbers. */
function averageOfNumbers(maps: FloatMaps, rows: number, columns: number): FloatMaps {
  const known = average(
    { ...maps, data: maps.data.map((value) => (Number.isNaN(value) ? 0 : 1)) },
    rows,
    columns,
  );
  const filled = average(
    { ...maps, data: maps.data.map((value) => (Number.isNaN(value) ? 0 : value)) },
    rows,
    columns,
  );
  return {
    ...filled,
    data: filled.data.map((value, index) => (known.data[index]! > 0 ? value / known.data[index]! : NaN)),
  };
}

interface Share {
  readonly first: number;
  /** Of the source pixels from `first` on; they add up to 1. */
  readonly weights: readonly number[];
}

/** Sizes that were asked for last: maps of one layer have one. */
const MOST_KNOWN = 64;
const known = new Map<string, readonly Share[]>();

/** For each of `to` pixels, how much of which of `from` pixels lies under it. */
function shares(from: number, to: number): readonly Share[] {
  const key = `${from} ${to}`;
  const found = known.get(key) ?? sharesOf(from, to);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, found);
  return found;
}

function sharesOf(from: number, to: number): Share[] {
  const step = from / to;
  return Array.from({ length: to }, (_, index) => {
    const start = index * step;
    const end = Math.min((index + 1) * step, from);
    const first = Math.floor(start);
    const last = Math.min(Math.ceil(end - 1e-9), from);
    const weights = Array.from({ length: last - first }, (_, offset) => {
      const at = first + offset;
      return (Math.min(at + 1, end) - Math.max(at, start)) / step;
    });
    return { first, weights };
  });
}
