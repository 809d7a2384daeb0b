import type { GraphLayer } from './graph.ts';
import { buildGraph, countWeights } from './graph.ts';
import type { Margins } from './layers/layer-type.ts';
import type { Network } from './network.ts';
import { partOf } from './part.ts';

/** Rows and columns of a map, or of the input. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A layer as it is computed for a window of its output. */
export interface CropLayer extends GraphLayer {
  /** Undefined: all of the output. */
  readonly window: Window | undefined;
  /** Of the map of each input, what is needed; undefined: all of it. */
  readonly needs: readonly (Window | undefined)[];
  /** How far the windows that the layer slides over its input reach beyond that, where it is computed in part. */
  readonly beyond?: Margins;
}

/**
 * What some units of one layer are made of: of every layer up to there the part of its map that reaches them, and of the input
 * the pixels. Everything else in an image can be left out, forwards and backwards.
 */
export interface ReceptiveFieldCrop {
  readonly input: Window;
  /** The same text for crops that are computed alike: their inputs can share a batch. */
  readonly shape: string;
  /** Multiplications of one pass, more or less. */
  readonly work: number;
  /** The last of them is the layer that the units belong to. */
  readonly layers: readonly CropLayer[];
}

/**
 * Finds the receptive-field crops of a layer. Where a layer can't be computed in part (it sees everything, or enlarges its input), the layers before
 * it are needed whole.
 *
 * @returns the crop for a window of the layer's map; undefined as the window: for the whole map, or a vector
 */
export function cropFinder(network: Network, layer: number): (window?: Window) => ReceptiveFieldCrop {
  const graph = buildGraph(network, { file: network.name });
  const [height, width] = network.inputShape;
  const part = partOf(network, graph, layer, [height, width]);
  return (window) => cropOf(part, window);
}

function cropOf(part: readonly GraphLayer[], window: Window | undefined): ReceptiveFieldCrop {
  /** Undefined where nothing is known to be needed yet; null: the whole. */
  const windows: (Window | null | undefined)[] = part.map(() => undefined);
  windows[part.length - 1] = window ?? null;
  const layers: CropLayer[] = [];
  for (const one of [...part].reverse()) {
    const piece = pieceOf(part, one, windows[one.index] ?? undefined);
    layers[one.index] = piece;
    for (const [i, input] of one.inputs.entries())
      windows[input] = join(windows[input], piece.needs[i] ?? null);
  }
  const [height, width] = part[0]!.layer.outputShape as [number, number];
  return {
    input: layers[0]!.window ?? { x: 0, y: 0, width, height },
    shape: JSON.stringify(layers.map((one) => relative(layers, one))),
    work: layers.reduce((sum, one) => sum + placesOf(one) * countWeights(one.layer), 0),
    layers,
  };
}

/** A layer for a window of its output, or whole where it can't be computed in part. */
function pieceOf(part: readonly GraphLayer[], whole: GraphLayer, window: Window | undefined): CropLayer {
  const { layer, inputs } = whole;
  const all: CropLayer = { ...whole, window: undefined, needs: inputs.map(() => undefined) };
  if (!window || !layer.part) return all;
  if (layer.part === 'alike') return { ...whole, window, needs: inputs.map(() => window) };
  if (layer.field.kind !== 'window') return all;
  const { size, stride, before } = layer.field;
  const [rows, columns] = part[inputs[0]!]!.layer.outputShape as [number, number];
  const down = reach(window.y, window.height, size[0], stride[0], before[0], rows);
  const across = reach(window.x, window.width, size[1], stride[1], before[1], columns);
  if (!down || !across) return all;
  const need = { x: across.first, y: down.first, width: across.count, height: down.count };
  const beyond = { top: down.before, bottom: down.after, left: across.before, right: across.after };
  return { ...whole, layer: { ...layer, ...layer.part(beyond) }, window, needs: [need], beyond };
}

/** Along one axis what `count` windows from `first` on look at, and how far they reach beyond either end of n values. */
function reach(
  first: number,
  count: number,
  size: number,
  stride: number,
  before: number,
  n: number,
): { first: number; count: number; before: number; after: number } | undefined {
  const start = first * stride - before;
  const end = start + (count - 1) * stride + size;
  if (![start, end].every(Number.isInteger)) return undefined;
  const [from, to] = [Math.max(start, 0), Math.min(end, n)];
  // Windows that see nothing but padding.
  if (from >= to) return undefined;
  return { first: from, count: to - from, before: from - start, after: end - to };
}

/** True where all of a crop is in another of the same layer. */
export function isWithin(crop: ReceptiveFieldCrop, other: ReceptiveFieldCrop): boolean {
  return crop.layers.every(({ window: a }, i) => {
    const b = other.layers[i]!.window;
    if (!a || !b) return !b;
    return a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
  });
}

/** The smallest window around both. */
function join(a: Window | null | undefined, b: Window | null): Window | null {
  if (a === undefined || b === null) return b;
  return a && around([a, b]);
}

/** The smallest window around some. */
export function around(windows: readonly Window[]): Window {
  const x = Math.min(...windows.map((window) => window.x));
  const y = Math.min(...windows.map((window) => window.y));
  return {
    ...{ x, y },
    width: Math.max(...windows.map((window) => window.x + window.width)) - x,
    height: Math.max(...windows.map((window) => window.y + window.height)) - y,
  };
}

function placesOf({ window, layer: { outputShape } }: CropLayer): number {
  if (window) return window.width * window.height;
  return outputShape.length === 3 ? outputShape[0]! * outputShape[1]! : 1;
}

/** Sizes, and where needs lie in what is computed: all that the samples of a batch must have in common. */
function relative(layers: readonly CropLayer[], { window, needs, inputs, beyond }: CropLayer): unknown {
  const within = needs.map((need, i) => {
    const from = layers[inputs[i]!]!.window;
    return need && [need.width, need.height, need.x - (from?.x ?? 0), need.y - (from?.y ?? 0)];
  });
  return [window && [window.width, window.height], within, beyond];
}
