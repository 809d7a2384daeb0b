import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import { buildWithoutPages, galleryOf } from '../publish/small-gallery.ts';
import type { Workspace } from '../publish/workspace.ts';

/** Jobs of several techniques, some of which look up what scans find. */
export const SHARED_EXPERIMENT = `title: Shared
model:
  input: [20, 24]
  layers:
    - conv2d: {name: first, filters: 4, kernel: 3, activation: relu}
    - max_pool: {name: pool, pool: 2}
    - conv2d: {name: second, filters: 6, kernel: 3, activation: relu}
images:
  folder: ../photos
seed: 3
views:
  - id: maps
    technique: feature-maps
    layers: [first, second]
    images: all
  - id: patches
    technique: top-patches
    layers: all-conv
    filters: all
    top: 2
  - id: dreams
    technique: activation-maximization
    layers: [first, second]
    filters: {first: 2}
    size: 16
    steps: 4
  - technique: kernels
`;

/** The same with dreams that take longer. */
export const slowExperiment = (steps: number): string =>
  SHARED_EXPERIMENT.replace('{first: 2}', '{first: 4}').replace('steps: 4', `steps: ${steps}`);

/** What a build on this machine alone makes of the workspace, as `galleryOf` tells. */
export async function undisturbedGallery(workspace: Workspace): Promise<readonly string[]> {
  const sharedHost = shareHost();
  const undisturbed = apart(workspace, 'undisturbed');
  await buildWithoutPages(undisturbed, sharedHost);
  await sharedHost.close();
  return galleryOf(undisturbed);
}

/** The workspace with another cache and gallery. */
export function apart(workspace: Workspace, name: string): Workspace {
  const { folder, options } = workspace;
  return {
    ...workspace,
    options: { ...options, cache: `${folder}/${name}/cache`, out: `${folder}/${name}/dist` },
  };
}
