import type { PoolingSwitches } from '../model/pooling-switches.ts';
import type { ImagePixels } from '../model/model.ts';
import { prefetch } from './prefetch.ts';
import { mapShape } from './maps.ts';
import { reduceMap, strongerPeaks } from './reduce-map.ts';
import type { Peaks, ReducedMap } from './reduce-map.ts';
import type { ComputeContext, PartialKey } from './technique.ts';
import { innerPositions } from './unit-field.ts';

/** What every channel of a layer gives at most for an image, where, and on average. */
export interface Scanned extends Peaks, ReducedMap {
  /** The experiment's image, and the layer, by index. */
  readonly image: number;
  readonly layer: number;
  /** float32 [channels]: greatest value; NaN where no value is a number. */
  readonly max: Float32Array;
  /** int32 [channels]: where it stands first, as y·width + x; -1 where there is none. */
  readonly place: Int32Array;
  /** float32 [channels] */
  readonly mean: Float32Array;
  /** The same for places whose receptive field lies in the image with all of its pixels, */
  readonly inner: Peaks;
  /** and for those whose field hangs over its border. */
  readonly outer: Peaks;
}

/** Keeps of passes what is needed later. */
export interface PassRecorder {
  /** For the pass over one image; undefined where nothing of it is kept. */
  begin(): PoolingSwitches | undefined;
  keep(image: number, switches: PoolingSwitches | undefined): void;
}

type ScanContext = Pick<ComputeContext, 'model' | 'pixels' | 'partial' | 'signal'>;

const FINDING = { finding: 'maxima', version: 1 } as const;

/**
 * Looks for the strongest place of every channel, image by image in the order given, each with its layers in the order
 * given. Holds two images at a time, however many there are. What is found is kept for each image and layer: a pass that was
 * stopped goes on where it was, and another choice of filters runs no model. Ends early when the signal aborts.
 */
export async function* scanImages(
  context: ScanContext,
  layers: readonly number[],
  images: readonly number[],
  recorder?: PassRecorder,
): AsyncIterable<Scanned> {
  for await (const [image, { known, pixels }] of prefetch(images, (image) =>
    prepare(context, layers, image),
  )) {
    if (context.signal.aborted) return;
    const missing = layers.filter((layer) => !known.has(layer));
    if (pixels && missing.length > 0) {
      const switches = recorder?.begin();
      await reduceMaps(context, pixels, missing, switches, async (layer, found) => {
        known.set(layer, found);
        await context.partial.write({ ...FINDING, layer, image }, encodeFinding(found));
      });
      recorder?.keep(image, switches);
    }
    for (const layer of layers) {
      const found = known.get(layer)!;
      yield { image, layer, ...strongerPeaks(found.inner, found.outer), ...found };
    }
  }
}

interface Prepared {
  readonly known: Map<number, ReducedMap>;
  /** Absent where everything is known. */
  readonly pixels?: ImagePixels;
}

async function prepare(
  { model, partial, pixels }: ScanContext,
  layers: readonly number[],
  image: number,
): Promise<Prepared> {
  const known = new Map<number, ReducedMap>();
  const recall = async (layer: number): Promise<void> => {
    const key: PartialKey = { ...FINDING, layer, image };
    const bytes = await partial.read(key);
    const found = bytes && decodeFinding(bytes, mapShape(model.layers[layer]!)[2]);
    if (found) known.set(layer, found);
  };
  await Promise.all(layers.map(recall));
  return layers.every((layer) => known.has(layer)) ? { known } : { known, pixels: await pixels(image) };
}

async function reduceMaps(
  { model }: ScanContext,
  pixels: ImagePixels,
  layers: readonly number[],
  switches: PoolingSwitches | undefined,
  take: (layer: number, found: ReducedMap) => Promise<void>,
): Promise<void> {
  const input = model.input(pixels);
  const size = model.network.inputShape;
  const reduce = async (index: number, values: Float32Array): Promise<void> => {
    const layer = model.layers[index]!;
    await take(index, reduceMap(values, mapShape(layer), innerPositions(layer, size)));
  };
  await model.read(input, layers, reduce, switches).finally(() => input.dispose());
}

/** Five arrays of four bytes a channel, little-endian, one after the other. */
export function encodeFinding({ mean, inner, outer }: ReducedMap): Uint8Array {
  const arrays = [mean, inner.max, inner.place, outer.max, outer.place];
  const bytes = new Uint8Array(arrays.reduce((sum, array) => sum + array.byteLength, 0));
  let offset = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), offset);
    offset += byteLength;
  }
  return bytes;
}

/** Undefined where the bytes are not those of so many channels. */
export function decodeFinding(bytes: Uint8Array, channels: number): ReducedMap | undefined {
  if (bytes.byteLength !== 20 * channels) return undefined;
  const { buffer } = Uint8Array.from(bytes); // arrays of floats must be aligned
  const floats = (array: number): Float32Array => new Float32Array(buffer, array * 4 * channels, channels);
  const places = (array: number): Int32Array => new Int32Array(buffer, array * 4 * channels, channels);
  return {
    mean: floats(0),
    inner: { max: floats(1), place: places(2) },
    outer: { max: floats(3), place: places(4) },
  };
}
