import { sha256 } from '../hash.ts';
import type { ExperimentPlan } from '../pipeline/plan/plan.ts';
import { keyOf, type Store } from '../store/store.ts';

/** Of records. */
const TEXTS_RECORD = 'published-texts';

type Texts = Pick<ExperimentPlan, 'experiment' | 'narrative'>;

/**
 * Whether experiments were edited since they were published to a folder, file or narrative: some of their pages will be rendered, which is
 * worth knowing before it is known which.
 */
export async function areEdited(plans: readonly Texts[], real: string, store: Store): Promise<boolean> {
  const known = await store.readRecord(TEXTS_RECORD, recordKey(plans, real));
  return known !== hashTexts(plans);
}

/** To be called where they were published. */
export async function noteTexts(plans: readonly Texts[], real: string, store: Store): Promise<void> {
  if (await areEdited(plans, real, store))
    await store.writeRecord(TEXTS_RECORD, recordKey(plans, real), hashTexts(plans));
}

const recordKey = (plans: readonly Texts[], real: string): string =>
  keyOf({ real, ids: plans.map(({ experiment }) => experiment.id) });

const hashTexts = (plans: readonly Texts[]): string =>
  sha256(JSON.stringify(plans.map(({ experiment, narrative }) => [experiment.source, narrative])));
