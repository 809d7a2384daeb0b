import { prefetch } from '../prefetch.ts';
import type { ComputeContext, ComputedPanel, JobSpec, JobOutput } from '../technique.ts';
import { collectPositions, collectRecords } from './collect.ts';
import type { LayerRecords } from './collect.ts';
import { ImageSwitches } from './image-switches.ts';
import { PatchPanel } from './panel.ts';
import type { PatchesPayload } from './payload.ts';
import { Projector } from './project.ts';
import type { ProjectedUnit } from './project.ts';
import { purestFirst, purityOf } from './purity.ts';
import { choose, leftOutBy } from './strongest.ts';
import type { Candidate } from './strongest.ts';

/** What `compute` of top-patches yields: for each job a panel of each of its filters. */
export async function* findPatches(
  jobs: readonly JobSpec[],
  context: ComputeContext,
): AsyncIterable<JobOutput> {
  const imageSwitches = new ImageSwitches(context.model, jobs);
  const records = await collectRecords(jobs, context, imageSwitches);
  if (!records) return;
  for (const [index, job] of jobs.entries()) {
    const panels = await panelsOf(job, records[index]!, imageSwitches, context);
    if (!panels) return;
    yield { job: index, panels };
  }
}

/** Undefined where the signal aborted. */
async function panelsOf(
  job: JobSpec,
  records: LayerRecords,
  imageSwitches: ImageSwitches,
  context: ComputeContext,
): Promise<readonly ComputedPanel[] | undefined> {
  const { model, pixels, signal } = context;
  const payload = job.payload as PatchesPayload;
  const layer = model.layers[job.layers[0]!]!;
  const filters = shownFilters(job, records);
  const places = payload.onePerImage
    ? new Map(filters.map((filter) => [filter, listsOf(records, filter)]))
    : await collectPositions(job, filters, records, context);
  if (!places) return undefined;

  /** By image: who waits for which of its patches. */
  const candidates = new Map<
    number,
    { panel: PatchPanel; position: number; filter: number; candidate: Candidate }[]
  >();
  const panels = filters.map((filter) => {
    const { inner, outer } = places.get(filter)!;
    const chosen = choose(inner, outer, payload);
    const avoided = leftOutBy(inner, outer, payload);
    const panel = new PatchPanel(model.network, layer, filter, chosen, avoided, payload);
    for (const [position, candidate] of chosen.entries()) {
      const list = candidates.get(candidate.image) ?? [];
      candidates.set(candidate.image, list);
      list.push({ panel, position, filter, candidate });
    }
    return panel;
  });
  const { projection } = payload;
  const serves = imageSwitches.serves(job);
  const projector = projection === 'none' ? undefined : new Projector(model, layer.index, projection);
  try {
    const images = [...candidates.keys()].sort((a, b) => a - b);
    for await (const [image, decoded] of prefetch(images, (image) => pixels(job.images[image]!))) {
      if (signal.aborted) return undefined;
      const units = candidates.get(image)!.map(({ panel, position, filter, candidate }): ProjectedUnit => {
        panel.takePatch(position, decoded);
        return { ...candidate, filter, take: (projected) => panel.takeProjection(position, projected) };
      });
      const switches = serves ? imageSwitches.of(job.images[image]!, decoded, layer.index) : undefined;
      await projector?.add(decoded, units, switches);
    }
    await projector?.finish();
  } finally {
    projector?.dispose();
  }
  return panels.map((panel, index) =>
    panel.finish(records.filters.get(filters[index]!)!, records.maxima.nearestTo(filters[index]!)),
  );
}

function listsOf(records: LayerRecords, filter: number) {
  const { inner, outer } = records.filters.get(filter)!;
  return { inner: inner.list(), outer: outer.list() };
}

/** The filters of a job's panels, in order. */
function shownFilters({ payload, panels }: JobSpec, records: LayerRecords): readonly number[] {
  const { filters, from, ranked, classes, ...choice } = payload as PatchesPayload;
  if (!ranked) return filters;
  const measured = filters.map((filter) => {
    const record = records.filters.get(filter)!;
    const onePerImage = { ...choice, onePerImage: true };
    const [inner, outer] = [record.inner.list(), record.outer.list()];
    const measured = purityOf(choose(inner, outer, onePerImage), record.mean, record.classMeans, classes);
    // Few patches, or such as only fill up, say little of a filter.
    const chosen = choose(inner, choice.border === 'allow' ? outer : [], onePerImage);
    return { filter, ...measured, purity: (measured.purity * chosen.length) / choice.top };
  });
  return purestFirst(measured)
    .slice(from, from + panels)
    .map(({ filter }) => filter);
}
