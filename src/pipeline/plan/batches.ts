import { techniqueNamed } from '../../techniques/registry.ts';
import type { Scan } from '../../techniques/technique.ts';
import { jobCost, passCost, scanCost } from './cost.ts';
import type { ExperimentPlan, PlannedJob } from './plan.ts';

/** Work that stays together: jobs of one technique and group, or a pass over images that many jobs look up. */
export type Batch = (
  | { readonly jobs: readonly PlannedJob[]; readonly scan?: undefined }
  | { readonly jobs?: undefined; readonly scan: Scan }
) & {
  /** Estimated multiply-adds. */
  readonly cost: number;
  /** It looks up what scans find: they should come before it. */
  readonly afterScans: boolean;
};

export interface BatchSizes {
  /** A group of jobs is divided where it costs more; one job never is. */
  readonly most: number;
  /** Jobs in a batch. */
  readonly jobs: number;
  /** Images in a scan. */
  readonly images: number;
}

type BatchPlan = Pick<ExperimentPlan, 'source'>;

/** Divides jobs of one experiment into batches, scans first; their order is the jobs'. Pure. */
export function divide(plan: BatchPlan, jobs: readonly PlannedJob[], sizes: BatchSizes): Batch[] {
  const pass = passCost(plan.source);
  const batches: Batch[] = scansOf(jobs, sizes.images).map((scan) => ({
    ...{ scan, cost: scanCost(scan, pass), afterScans: false },
  }));
  for (const group of grouped(jobs)) {
    const afterScans = scanOf(group[0]!) !== undefined;
    let piece: PlannedJob[] = [];
    let cost = 0;
    const end = (): void => {
      if (piece.length > 0) batches.push({ jobs: piece, cost, afterScans });
      [piece, cost] = [[], 0];
    };
    for (const job of group) {
      const more = jobCost(job, pass);
      if (piece.length === sizes.jobs || (piece.length > 0 && cost + more > sizes.most)) end();
      piece.push(job);
      cost += more;
    }
    end();
  }
  return batches;
}

/** Jobs that share technique and group, in the order of their first. */
export function grouped(jobs: readonly PlannedJob[]): PlannedJob[][] {
  const groups = new Map<string, PlannedJob[]>();
  for (const job of jobs) {
    const key = `${job.technique}\n${job.group}`;
    const group = groups.get(key);
    if (group) group.push(job);
    else groups.set(key, [job]);
  }
  return [...groups.values()];
}

/** Undefined where the job looks nothing up. */
export function scanOf(job: PlannedJob): Scan | undefined {
  const scan = techniqueNamed(job.technique).scan?.(job);
  return scan && scan.layers.length > 0 && scan.images.length > 0 ? scan : undefined;
}

/** What all jobs look up, each image with all of its layers at once: a network is passed through once for an image. */
function scansOf(jobs: readonly PlannedJob[], most: number): Scan[] {
  const layersOf = new Map<number, Set<number>>();
  const seen = new Set<string>();
  for (const job of jobs) {
    const scan = scanOf(job);
    if (!scan) continue;
    // Jobs of a view name the same many images.
    const key = `${scan.layers.join()} ${scan.images.join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    for (const image of scan.images) {
      const layers = layersOf.get(image) ?? new Set();
      for (const layer of scan.layers) layers.add(layer);
      layersOf.set(image, layers);
    }
  }
  const scans = new Map<string, { layers: number[]; images: number[] }>();
  const full: Scan[] = [];
  for (const [image, set] of [...layersOf].sort(([a], [b]) => a - b)) {
    const layers = [...set].sort((a, b) => a - b);
    const key = layers.join();
    const open = scans.get(key) ?? { layers, images: [] };
    open.images.push(image);
    if (open.images.length === most) {
      full.push(open);
      scans.delete(key);
    } else {
      scans.set(key, open);
    }
  }
  return [...full, ...scans.values()];
}
