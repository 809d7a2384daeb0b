import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { BackendName } from '../../src/backend/choose.ts';
import { packageRoot } from '../../src/package-root.ts';

/** All filters of all 13 convolutions of VGG16 for some images, from an experiment file to the pages of a gallery. */
export const REPORT = { size: 256, images: 8 } as const;

const LAYERS = [2, 2, 3, 3, 3].flatMap((count, block) =>
  Array.from({ length: count }, (_, at) => `block${block + 1}_conv${at + 1}`),
);

/** Weights are random: their values change neither the time of a pass nor that of a picture by much. */
export const reportExperiment = {
  title: 'All of VGG16',
  model: { zoo: 'vgg16', weights: 'random', include_top: false, input: [REPORT.size, REPORT.size] },
  images: { generated: 'patterns', count: REPORT.images, size: REPORT.size },
  seed: 1,
  views: LAYERS.map((layer) => ({ technique: 'feature-maps', layer, filters: 'all', images: 'all' })),
};

interface ReportRequest {
  readonly backend: BackendName;
  /** Where the native backend was set up. */
  readonly project: string;
  readonly jobs: number;
  readonly signal: AbortSignal;
}

/** Milliseconds for each image of a build from nothing, in a process of its own, its start and its pages included. */
export async function timeReport({ backend, project, jobs, signal }: ReportRequest): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'filterscope-bench-'));
  try {
    await mkdir(join(folder, 'experiments'));
    await writeFile(join(folder, 'experiments', 'report.yaml'), stringify(reportExperiment));
    const command = [
      join(packageRoot, 'scripts', 'filterscope.mjs'),
      ...['build', '--quiet', '--backend', backend, '--jobs', String(jobs)],
      ...['--experiments', join(folder, 'experiments'), '--cache', join(folder, 'cache')],
      ...['--out', join(folder, 'dist')],
    ];
    const start = performance.now();
    await promisify(execFile)(process.execPath, command, { cwd: project, signal });
    return (performance.now() - start) / REPORT.images;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
