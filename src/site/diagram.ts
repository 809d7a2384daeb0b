import type { LayerInfo, LayerKind } from '../schema/report.ts';
import { drawLinks, hasBranches, HEADROOM, type DiagramLinks, type Spot } from './diagram-links.ts';
import { segmentsOf } from './diagram-segments.ts';

/**
 * The network as a row of slabs: a slab's face is its map, its thickness its channels, both on a logarithmic scale, so
 * that 256 × 256 × 3 and 8 × 8 × 512 fit in one drawing.
 */
export type SlabKind = 'input' | 'conv' | 'activation' | 'pool' | 'dense' | 'other';

export interface Slab {
  readonly layer: LayerInfo;
  readonly kind: SlabKind;
  /** Paths of the three faces that are seen. */
  readonly front: string;
  readonly top: string;
  readonly side: string;
}

/** A run of layers with maps of one size, or of layers that are not drawn. */
export interface Stage {
  readonly from: number;
  readonly to: number;
  /** Under the run: size of the maps, channels. */
  readonly lines: readonly string[];
  /** Above the lines: the run's layer, or its first one. */
  readonly layer?: LayerInfo;
  readonly name?: string;
}

export interface Diagram extends DiagramLinks {
  readonly width: number;
  readonly height: number;
  readonly slabs: readonly Slab[];
  readonly stages: readonly Stage[];
  readonly baseline: number;
}

export const KIND_NAMES: Readonly<Record<SlabKind, string>> = {
  input: 'input',
  conv: 'convolution',
  activation: 'activation',
  pool: 'pooling',
  dense: 'dense',
  other: 'other',
};

/** Kinds of layers that have a colour of their own; all others share one. */
const SLAB_KINDS: Readonly<Partial<Record<LayerKind, SlabKind>>> = {
  input: 'input',
  convolution: 'conv',
  'transposed-convolution': 'conv',
  activation: 'activation',
  pooling: 'pool',
  dense: 'dense',
};

export const slabKind = ({ kind }: Pick<LayerInfo, 'kind'>): SlabKind =>
  (kind && SLAB_KINDS[kind]) ?? 'other';

const TALLEST = 118;
const SHORTEST = 9;
/** A face is seen from the left: its depth goes up and to the right by these parts of its size. */
const DEPTH = { x: 0.34, y: 0.2 };
const GAP = 12;
/** Between layers that have a place of their own. */
const WIDE_GAP = 30;
/** Up to so many layers, each has its name and a place of its own. */
const FEW = 12;
const LETTERS = 18;
const LETTER_WIDTH = 6.4;

/** @param current the layer that must be among those drawn, by its name */
export function drawDiagram(all: readonly LayerInfo[], current?: string): Diagram {
  const few = all.length <= FEW;
  const segments = segmentsOf(all, current);
  const layers = segments.flatMap(({ drawn }) => drawn);
  const gap = few ? WIDE_GAP : GAP;
  const largest = Math.max(2, ...layers.map(({ outputShape }) => Math.max(...mapOf(outputShape))));
  const scale = (size: number): number =>
    size <= 1 ? SHORTEST : SHORTEST + (TALLEST - SHORTEST) * (Math.log(size) / Math.log(largest)) ** 1.6;
  const branched = hasBranches(layers);
  const roof = TALLEST * (1 + DEPTH.y) + 4 + (branched ? HEADROOM : 0);
  const slabs: Slab[] = [];
  const spots: Spot[] = [];
  const stages: Stage[] = [];
  let x = 2;
  let right = 0;
  let run: { from: number; key: string; layers: LayerInfo[] } | undefined;

  const close = (): void => {
    if (!run) return;
    const lines = describe(run.layers);
    const layer = run.layers[0]!;
    const name = shorten(layer.name, run.layers.length);
    // A run is at least as wide as what is written under it.
    const written = Math.max(...[...lines, name].map(({ length }) => length)) * LETTER_WIDTH;
    const to = Math.max(few ? right + 4 : x - 6, run.from + written);
    stages.push({ from: run.from, to, lines, layer, name });
    x = to + gap;
  };

  const drawLayer = (layer: LayerInfo): void => {
    const [mapHeight, mapWidth] = mapOf(layer.outputShape);
    const key = few ? layer.name : `${mapHeight}x${mapWidth}`;
    if (run?.key !== key) {
      close();
      run = { from: x, key, layers: [] };
    }
    run.layers.push(layer);
    const flat = layer.outputShape.length < 3;
    const channels = layer.outputShape.at(-1) ?? 1;
    const height = flat ? Math.min(TALLEST, scale(Math.sqrt(channels)) * 1.4) : scale(mapHeight);
    const thickness = flat ? 7 : 3 + Math.log2(1 + channels) * 1.7;
    const depth = flat ? 5 : scale(mapWidth);
    const dx = depth * DEPTH.x;
    const dy = depth * DEPTH.y;
    const bottom = roof - (TALLEST - height) / 2;
    slabs.push({ layer, kind: slabKind(layer), ...faces(x, bottom, thickness, height, dx, dy) });
    spots.push({
      ...{ layer, left: x, right: x + thickness + dx, middle: bottom - (height + dy) / 2 },
      roof: { x: x + (thickness + dx) / 2, y: bottom - height - dy },
    });
    right = x + thickness + dx;
    x += thickness + Math.max(6, dx * 0.7);
  };
  for (const { drawn, note: line } of segments) {
    drawn.forEach(drawLayer);
    if (line === undefined) continue;
    close();
    run = undefined;
    const to = x + line.length * LETTER_WIDTH;
    stages.push({ from: x, to, lines: [line] });
    x = to + gap;
  }
  close();
  const baseline = roof + 10;
  const width = Math.ceil(Math.max(right, x - gap) + 2);
  return { width, height: baseline + 45, slabs, stages, baseline, ...drawLinks(spots) };
}

function faces(x: number, bottom: number, thickness: number, height: number, dx: number, dy: number) {
  const p = (value: number): number => Math.round(value * 10) / 10;
  const [left, right, low, high] = [p(x), p(x + thickness), p(bottom), p(bottom - height)];
  const [far, farLow, farHigh] = [p(x + thickness + dx), p(bottom - dy), p(bottom - height - dy)];
  return {
    front: `M${left} ${low}V${high}H${right}V${low}Z`,
    top: `M${left} ${high}L${p(x + dx)} ${farHigh}H${far}L${right} ${high}Z`,
    side: `M${right} ${low}V${high}L${far} ${farHigh}V${farLow}Z`,
  };
}

/** Height and width of the map; 1 × 1 for a vector. */
function mapOf(shape: readonly number[]): [number, number] {
  return shape.length >= 3 ? [shape[0]!, shape[1]!] : [1, 1];
}

function describe(layers: readonly LayerInfo[]): string[] {
  const { outputShape } = layers[0]!;
  const [height, width] = mapOf(outputShape);
  const channels = layers.map((layer) => layer.outputShape.at(-1) ?? 1);
  const steps = channels.filter((count, index) => count !== channels[index - 1]);
  const text = steps.length > 3 ? `${steps[0]} … ${steps.at(-1)}` : steps.join(', ');
  return outputShape.length < 3 ? ['vector', text] : [`${height} × ${width}`, `× ${text}`];
}

/** @param count of the layers that the name stands for */
function shorten(name: string, count: number): string {
  const short = name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
  return count === 1 ? short : `${short} …`;
}
