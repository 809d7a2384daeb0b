import { mapShape } from '../maps.ts';
import { scanImages } from '../scan.ts';
import type { ComputeContext, JobSpec } from '../technique.ts';
import { innerPositions } from '../unit-field.ts';
import type { ImageSwitches } from './image-switches.ts';
import type { PatchesPayload } from './payload.ts';
import { Maxima } from './nearest.ts';
import { FilterRecord, Strongest } from './strongest.ts';
import type { Candidate } from './strongest.ts';

/** Records of a layer's filters over one set of images. */
export interface LayerRecords {
  readonly filters: ReadonlyMap<number, FilterRecord>;
  readonly maxima: Maxima;
}

/**
 * Passes over all images once and keeps what each job needs. Jobs of one layer and the same images share their records.
 * @returns records for each job, in order; undefined where the signal aborted
 */
export async function collectRecords(
  jobs: readonly JobSpec[],
  context: ComputeContext,
  imageSwitches: ImageSwitches,
): Promise<readonly LayerRecords[] | undefined> {
  const sets = new Map<string, RecordSet>();
  const setOf = jobs.map((job) => {
    const { filters, top, classes } = job.payload as unknown as PatchesPayload;
    const layer = job.layers[0]!;
    const key = JSON.stringify([layer, top, job.images, classes]);
    const set = sets.get(key) ?? newSet(layer, job.images);
    sets.set(key, set);
    for (const filter of filters) {
      if (!set.records.has(filter)) set.records.set(filter, new FilterRecord(top, classes));
    }
    return set;
  });
  const layers = [...new Set(jobs.map((job) => job.layers[0]!))].sort((a, b) => a - b);
  const images = [...new Set(jobs.flatMap((job) => job.images))].sort((a, b) => a - b);
  for await (const scanned of scanImages(context, layers, images, imageSwitches)) {
    for (const { layer, positions, records, maxima } of sets.values()) {
      const position = positions.get(scanned.image);
      if (layer !== scanned.layer || position === undefined) continue;
      maxima.add(position, scanned.max);
      for (const [filter, record] of records) record.add(position, filter, scanned);
    }
  }
  return context.signal.aborted
    ? undefined
    : setOf.map(({ records, maxima }) => ({ filters: records, maxima }));
}

interface RecordSet {
  readonly layer: number;
  /** Index of an image -> position in the job's images. */
  readonly positions: ReadonlyMap<number, number>;
  readonly records: Map<number, FilterRecord>;
  readonly maxima: Maxima;
}

const newSet = (layer: number, images: readonly number[]): RecordSet => ({
  ...{ layer, positions: positionsOf(images), records: new Map() },
  maxima: new Maxima(images.length),
});

function positionsOf(images: readonly number[]): ReadonlyMap<number, number> {
  return new Map(images.map((image, position) => [image, position]));
}

/** Of one filter: the strongest places whose field lies in the image, and the strongest of those that hang over. */
export interface StrongestPositions {
  readonly inner: readonly Candidate[];
  readonly outer: readonly Candidate[];
}

/**
 * All places of filters, not only the best of each image. The N strongest lie in the images with the N strongest maxima, so
 * that only those are looked at again.
 */
export async function collectPositions(
  job: JobSpec,
  filters: readonly number[],
  records: LayerRecords,
  { model, pixels, signal }: ComputeContext,
): Promise<ReadonlyMap<number, StrongestPositions> | undefined> {
  const { top } = job.payload as unknown as PatchesPayload;
  const layer = model.layers[job.layers[0]!]!;
  const [height, width, channels] = mapShape(layer);
  const inside = innerPositions(layer, model.network.inputShape);
  const found = new Map(
    filters.map((filter) => [filter, { inner: new Strongest(top), outer: new Strongest(top) }]),
  );
  const filtersOf = new Map<number, number[]>();
  for (const filter of filters) {
    const { inner, outer } = records.filters.get(filter)!;
    for (const image of new Set([...inner.list(), ...outer.list()].map((candidate) => candidate.image))) {
      filtersOf.set(image, [...(filtersOf.get(image) ?? []), filter]);
    }
  }
  for (const [image, some] of [...filtersOf].sort(([a], [b]) => a - b)) {
    if (signal.aborted) return undefined;
    const input = model.input(await pixels(job.images[image]!));
    const [output] = model.forward(input, [layer.index]);
    input.dispose();
    const data = (await output!.data()) as Float32Array;
    for (let place = 0; place < height * width; place++) {
      const [y, x] = [Math.floor(place / width), place % width];
      const isInner = inside && y >= inside.top && y < inside.bottom && x >= inside.left && x < inside.right;
      for (const filter of some) {
        const lists = found.get(filter)!;
        lists[isInner ? 'inner' : 'outer'].add({
          image,
          place,
          activation: data[place * channels + filter]!,
        });
      }
    }
    output!.dispose();
  }
  return new Map(
    [...found].map(([filter, { inner, outer }]) => [filter, { inner: inner.list(), outer: outer.list() }]),
  );
}
