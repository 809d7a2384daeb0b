import { rm } from 'node:fs/promises';
import type { SharedHost } from '../../src/pipeline/compute/worker-host.ts';
import { DRAWN_EXPERIMENT, makeWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';

/** Every kind of entry: numbers, arrays, dreams, searches, sprite sheets, figures, drawn images. */
const EXPERIMENT = `title: Everything
model:
  input: [16, 16]
  layers:
    - conv2d: {name: first, filters: 4, kernel: 3, activation: relu}
    - conv2d: {name: second, filters: 3, kernel: 3, activation: relu}
images:
  folder: ../photos
seed: 3
views:
  - {id: maps, technique: feature-maps, layer: first, images: all, values: true, grid: 1x20}
  - {id: dreams, technique: activation-maximization, layer: first, filters: {first: 1}, size: 16, steps: 4, values: true, grid: 1x20}
  - {id: patches, technique: top-patches, layer: second, filters: {first: 2}, top: 2, grid: 1x20}
`;

/** A build that computes anything fails. */
export const noHost: SharedHost = {
  get: () => Promise.reject(new Error('A model was going to be run.')),
  lend: () => Promise.reject(new Error('A model was going to be run.')),
  close: () => Promise.resolve(),
};

/** One machine: its own cache and gallery, and a store that it shares with others. */
export async function machine(
  store?: string,
  files = {
    'experiments/everything.yaml': EXPERIMENT,
    'experiments/drawn.yaml': DRAWN_EXPERIMENT,
  } as Readonly<Record<string, string>>,
): Promise<Workspace> {
  const workspace = await makeWorkspace(files);
  return { ...workspace, options: { ...workspace.options, ...(store !== undefined && { store }) } };
}

export async function forget({ options }: Workspace): Promise<void> {
  await rm(options.cache, { recursive: true });
  await rm(options.out, { recursive: true });
}
