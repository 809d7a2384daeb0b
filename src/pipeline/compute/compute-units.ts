import { keyOf, NO_PICTURE } from '../../store/store.ts';
import { STORE_VERSION } from '../../store/seal.ts';
import type { MemoName, Store } from '../../store/store.ts';
import type { Memo, MemoKey } from '../../techniques/technique.ts';
import { encodeNpy } from '../results/npy.ts';
import { writeUnit } from '../results/stored-unit.ts';
import { keepFile } from '../results/panel-files.ts';
import type { ExperimentPlan, PlannedUnit } from '../plan/plan.ts';
import type { ComputedUnit } from './protocol.ts';
import type { ModelHost } from './worker-host.ts';

/** Findings about single pictures, or about none, by what they were made from. */
function memoOf({ source, images }: ExperimentPlan, store: Store, family: string): Memo {
  const nameOf = ({ finding, version, layer, image, about }: MemoKey): MemoName => {
    const fingerprint = source.fingerprint(layer);
    return {
      picture: image === undefined ? NO_PICTURE : images.images[image]!.key,
      layer: fingerprint,
      finding: keyOf({ store: STORE_VERSION, finding, version, fingerprint, family, about }),
    };
  };
  return {
    read: (key) => store.readMemo(nameOf(key)),
    write: (key, bytes) => store.writeMemo(nameOf(key), bytes),
    forget: (key) => store.removeMemo(nameOf(key)),
  };
}

/** Computes units on the model thread and keeps each result as it comes. Stops early when the signal aborts. */
export async function computeUnits(
  plan: ExperimentPlan,
  stale: readonly PlannedUnit[],
  host: ModelHost,
  store: Store,
  signal: AbortSignal,
  onDone: (unit: PlannedUnit) => Promise<void>,
): Promise<void> {
  for (const units of grouped(stale)) {
    if (signal.aborted) return;
    await host.compute(
      { technique: units[0]!.technique, units, seed: plan.experiment.seed },
      {
        pixels: (image) => plan.images.pixels(image),
        memo: memoOf(plan, store, host.backend.family),
        take: async (result) => {
          const unit = units[result.unit]!;
          await keep(unit, result, store);
          await onDone(unit);
        },
        signal,
      },
    );
  }
}

/** Units that share technique and group, in the order of their first. */
function grouped(units: readonly PlannedUnit[]): PlannedUnit[][] {
  const groups = new Map<string, PlannedUnit[]>();
  for (const unit of units) {
    const key = `${unit.technique}\n${unit.group}`;
    const group = groups.get(key);
    if (group) group.push(unit);
    else groups.set(key, [unit]);
  }
  return [...groups.values()];
}

async function keep(unit: PlannedUnit, result: ComputedUnit, store: Store): Promise<void> {
  const values = await Promise.all(
    result.values.map(async ({ filters, shape, data }) => ({
      filters,
      asset: await store.putAsset(encodeNpy(shape, data), 'npy'),
    })),
  );
  const panels = [...result.panels];
  for (const { panel, name, file } of result.files) {
    const stored = panels[panel]!;
    panels[panel] = { ...stored, files: { ...stored.files, [name]: await keepFile(file, store) } };
  }
  await writeUnit(store, unit.key, { panels, values }, result.payload);
}
