import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayerInfo } from '../model/network.ts';
import type { ComputedPanel } from './technique.ts';

/** Height, width and channels of a layer's output; a vector of n units counts as n maps of one value. */
export function mapShape(layer: LayerInfo): readonly [height: number, width: number, channels: number] {
  const [a, b, c] = layer.outputShape;
  if (layer.outputShape.length === 3) return [a!, b!, c!];
  if (layer.outputShape.length === 1) return [1, 1, a!];
  return [0, 0, 0];
}

/** True where the output is a stack of maps, or a vector. */
export function hasMaps(layer: LayerInfo): boolean {
  return mapShape(layer)[2] > 0;
}

/** True where the output has filters that can be searched or maximized: maps or a vector that the network computes. */
export function hasFilters(layer: LayerInfo): boolean {
  return hasMaps(layer) && layer.kind !== 'input';
}

/** Why a layer without filters cannot be chosen. */
export function filterlessProblem({ name, kind, outputShape }: LayerInfo): string {
  return kind === 'input'
    ? `\`${name}\` is the input layer and has no filters.`
    : `Layer \`${name}\` has no filters: its output is ${outputShape.join(' x ')}.`;
}

export function isSpatial(layer: LayerInfo): boolean {
  return layer.outputShape.length === 3;
}

/**
 * The given channels of a layer's output, whole and interleaved.
 * @param output float32 [1, height, width, channels] or [1, units]; not disposed
 * @returns float32 [height, width, channels.length]
 */
export async function readChannels(
  output: Tensor,
  layer: LayerInfo,
  channels: readonly number[],
): Promise<Float32Array> {
  const [height, width, depth] = mapShape(layer);
  const all = (await output.data()) as Float32Array;
  if (channels.length === depth && channels.every((channel, index) => channel === index)) return all;
  const picked = new Float32Array(height * width * channels.length);
  let to = 0;
  for (let place = 0; place < height * width; place++) {
    for (const channel of channels) picked[to++] = all[place * depth + channel]!;
  }
  return picked;
}

/** Of a copy, so many places of so many channels at a time: what is read and what is written both stay in the processor's cache. */
const BLOCK = { places: 64, channels: 16 };

/** Every channel out of interleaved ones: float32 [length / depth] each, in one piece of memory. */
export function planesOf(interleaved: Float32Array, depth: number): Float32Array[] {
  const places = interleaved.length / depth;
  const all = new Float32Array(interleaved.length);
  for (let place = 0; place < places; place += BLOCK.places) {
    const lastPlace = Math.min(place + BLOCK.places, places);
    for (let first = 0; first < depth; first += BLOCK.channels) {
      const last = Math.min(first + BLOCK.channels, depth);
      for (let channel = first; channel < last; channel++) {
        let from = place * depth + channel;
        const end = channel * places + lastPlace;
        for (let to = channel * places + place; to < end; to++, from += depth) all[to] = interleaved[from]!;
      }
    }
  }
  return Array.from({ length: depth }, (_, channel) =>
    all.subarray(channel * places, (channel + 1) * places),
  );
}

/** A panel's own values, [height, width, channels]. */
export function valuesOf({ data, channelOf }: Pick<ComputedPanel, 'data' | 'channelOf'>): Float32Array {
  return channelOf ? planesOf(data, channelOf.channels)[channelOf.channel]! : data;
}

/** Least and greatest finite value, and what is odd about a map: `nan` (some values), `silent` (zero everywhere). */
export function measure(data: Float32Array): Pick<ComputedPanel, 'range' | 'flags'> {
  let low = Infinity;
  let high = -Infinity;
  let finite = true;
  // Not by the array's iterator, which takes ten times as long.
  for (let at = 0; at < data.length; at++) {
    const value = data[at]!;
    if (value - value !== 0) {
      finite = false;
      continue;
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const flags: string[] = [];
  if (!finite) flags.push('nan');
  if (finite && low === 0 && high === 0) flags.push('silent');
  return { range: low <= high ? [low, high] : [NaN, NaN], flags };
}
