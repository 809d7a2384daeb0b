import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { computeJobs } from '../../../src/pipeline/compute/compute-jobs.ts';
import { encodeJob } from '../../../src/pipeline/compute/encode-job.ts';
import type { ComputedJob } from '../../../src/pipeline/compute/protocol.ts';
import type { ModelHost } from '../../../src/pipeline/compute/worker-host.ts';
import type { ExperimentPlan, PlannedJob, ViewPlan } from '../../../src/pipeline/plan/plan.ts';
import { findStale } from '../../../src/pipeline/plan/staleness.ts';
import { createViewRenderer } from '../../../src/pipeline/render/view-renderer.ts';
import { viewSchema } from '../../../src/schema/report.ts';
import type { View } from '../../../src/schema/report.ts';
import { openStore } from '../../../src/store/store.ts';
import type { Store } from '../../../src/store/store.ts';
import type { ComputedPanel, JobOutput } from '../../../src/techniques/technique.ts';

/** All of a plan that running and presenting look at. */
export function planOf(
  jobs: readonly PlannedJob[],
  [title, subtitle]: readonly string[] = ['View', 'Fake'],
): { plan: ExperimentPlan; view: ViewPlan } {
  const view = {
    view: { id: 'view', title, technique: 'fake' },
    ...{ jobs, panelCount: jobs.reduce((sum, { panels }) => sum + panels, 0), settings: {} },
    grid: { rows: 1, columns: 2 },
    display: {
      label: '{filter}{image}',
      style: 'heatmap',
      levels: 8,
      colormap: 'viridis',
      normalize: 'panel',
    },
  };
  const plan = {
    experiment: { id: 'fake', title: subtitle, seed: 1 },
    source: { layers: [{ name: 'conv', outputShape: [4, 4, 8] }], network: { inputShape: [8, 8, 3] } },
    images: { images: ['a', 'b', 'c'].map((id) => ({ id, file: `${id}.png` })) },
    views: [view],
  };
  return { plan: plan as unknown as ExperimentPlan, view: view as unknown as ViewPlan };
}

/** Hands results over as the model thread does, its memory included. */
function fakeHost(outputs: Readonly<Record<string, readonly ComputedPanel[]>>): ModelHost {
  return {
    backend: { family: 'fake' },
    compute: async (
      { jobs }: { jobs: readonly PlannedJob[] },
      { take }: { take: (r: ComputedJob) => Promise<void> },
    ) => {
      for (const [index, each] of jobs.entries()) {
        const output: JobOutput = { job: index, panels: outputs[each.key]! };
        const { result, transfer } = encodeJob(each, output);
        await take(structuredClone(result, { transfer }));
      }
      return { taken: Promise.resolve() };
    },
  } as unknown as ModelHost;
}

/** Computes what the store lacks of a view's jobs, and renders it. */
export async function present(
  store: Store,
  jobs: readonly PlannedJob[],
  panels: Record<string, ComputedPanel[]>,
  titles?: string[],
): Promise<View> {
  const { plan, view } = planOf(jobs, titles);
  const { stale, kept } = await findStale(plan, store, new Set());
  await computeJobs(plan, stale, fakeHost(panels), store, new AbortController().signal, async () => {});
  return viewSchema.parse(await createViewRenderer(plan, view, store, [], kept).finish());
}

export const openFakeStore = async (): Promise<Store> =>
  openStore(await mkdtemp(join(tmpdir(), 'filterscope-facts-')));
