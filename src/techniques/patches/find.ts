import { oneAhead } from '../ahead.ts';
import type { ComputeContext, ComputedPanel, Unit, UnitOutput } from '../technique.ts';
import { collectPlaces, collectRecords } from './collect.ts';
import type { LayerRecords } from './collect.ts';
import { ImageSwitches } from './image-switches.ts';
import { PatchPanel } from './panel.ts';
import type { PatchesPayload } from './payload.ts';
import { Projector } from './project.ts';
import type { Excited } from './project.ts';
import { purestFirst, purityOf } from './purity.ts';
import { choose, leftOutBy } from './strongest.ts';
import type { Candidate } from './strongest.ts';

/** What `compute` of top-patches yields: for each unit a panel of each of its filters. */
export async function* findPatches(
  units: readonly Unit[],
  context: ComputeContext,
): AsyncIterable<UnitOutput> {
  const imageSwitches = new ImageSwitches(context.model, units);
  const records = await collectRecords(units, context, imageSwitches);
  if (!records) return;
  for (const [index, unit] of units.entries()) {
    const panels = await panelsOf(unit, records[index]!, imageSwitches, context);
    if (!panels) return;
    yield { unit: index, panels };
  }
}

/** Undefined where the signal aborted. */
async function panelsOf(
  unit: Unit,
  records: LayerRecords,
  imageSwitches: ImageSwitches,
  context: ComputeContext,
): Promise<readonly ComputedPanel[] | undefined> {
  const { model, pixels, signal } = context;
  const payload = unit.payload as PatchesPayload;
  const layer = model.layers[unit.layers[0]!]!;
  const filters = shownFilters(unit, records);
  const places = payload.onePerImage
    ? new Map(filters.map((filter) => [filter, listsOf(records, filter)]))
    : await collectPlaces(unit, filters, records, context);
  if (!places) return undefined;

  /** By picture: who waits for which of its patches. */
  const wanted = new Map<
    number,
    { panel: PatchPanel; position: number; filter: number; candidate: Candidate }[]
  >();
  const panels = filters.map((filter) => {
    const { inner, outer } = places.get(filter)!;
    const chosen = choose(inner, outer, payload);
    const avoided = leftOutBy(inner, outer, payload);
    const panel = new PatchPanel(model.network, layer, filter, chosen, avoided, payload);
    for (const [position, candidate] of chosen.entries()) {
      const list = wanted.get(candidate.image) ?? [];
      wanted.set(candidate.image, list);
      list.push({ panel, position, filter, candidate });
    }
    return panel;
  });
  const { projection } = payload;
  const serves = imageSwitches.serves(unit);
  const projector = projection === 'none' ? undefined : new Projector(model, layer.index, projection);
  try {
    const pictures = [...wanted.keys()].sort((a, b) => a - b);
    for await (const [image, picture] of oneAhead(pictures, (image) => pixels(unit.images[image]!))) {
      if (signal.aborted) return undefined;
      const excited = wanted.get(image)!.map(({ panel, position, filter, candidate }): Excited => {
        panel.takePatch(position, picture);
        return { ...candidate, filter, take: (projected) => panel.takeProjection(position, projected) };
      });
      const switches = serves ? imageSwitches.of(unit.images[image]!, picture, layer.index) : undefined;
      await projector?.add(picture, excited, switches);
    }
    await projector?.finish();
  } finally {
    projector?.dispose();
  }
  return panels.map((panel, index) => panel.finish(records.get(filters[index]!)!));
}

function listsOf(records: LayerRecords, filter: number) {
  const { inner, outer } = records.get(filter)!;
  return { inner: inner.list(), outer: outer.list() };
}

/** The filters of a unit's panels, in order. */
function shownFilters({ payload, panels }: Unit, records: LayerRecords): readonly number[] {
  const { filters, from, ranked, classes, ...choice } = payload as PatchesPayload;
  if (!ranked) return filters;
  const measured = filters.map((filter) => {
    const record = records.get(filter)!;
    const onePerImage = { ...choice, onePerImage: true };
    const [inner, outer] = [record.inner.list(), record.outer.list()];
    const measured = purityOf(choose(inner, outer, onePerImage), record.mean, record.classMeans, classes);
    // Few patches, or such as only fill up, say little of a filter.
    const wanted = choose(inner, choice.border === 'allow' ? outer : [], onePerImage);
    return { filter, ...measured, purity: (measured.purity * wanted.length) / choice.top };
  });
  return purestFirst(measured)
    .slice(from, from + panels)
    .map(({ filter }) => filter);
}
