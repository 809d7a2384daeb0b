import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Report } from '../../src/schema/report.ts';
import { filterscope } from '../cli/run.ts';
import { readNpy, type NpyArray } from '../npz.ts';
import { serveFolder, type Server } from './serve.ts';

/** An untrained network of three layers on three images, with all its numbers. */
const EXPERIMENT = `
title: Shapes in two convolutions
model:
  input: [40, 60]
  layers:
    - conv2d: {name: first, filters: 4, kernel: 5}
    - max_pool: {name: pool, pool: 2}
    - conv2d: {name: last, filters: 3, kernel: 3, padding: same}
images:
  generated: patterns
  classes: [wheel, face, spiral]
  count: 3
  seed: 3
seed: 5
views:
  - id: maps
    title: All maps
    technique: feature-maps
    layers: [first, pool, last]
    filters: all
    images: all
    values: true
  - id: after-each
    title: After each layer
    technique: stages
    images: 0
  - id: patches
    title: Patches
    technique: top-patches
    layers: last
    filters: all
    top: 2
`;

export interface InspectedGallery {
  readonly dist: string;
  readonly server: Server;
  readonly report: Report;
  /** Addresses of dist/ with a slash at their ends, by where it is. */
  readonly roots: Readonly<Record<'server' | 'disk', string>>;
  /** The numbers of a layer for an image: [height, width, filters]. */
  values(layer: string, image: string): Promise<NpyArray>;
  close(): Promise<void>;
}

export const ID = 'shapes';

export async function buildInspectedGallery(): Promise<InspectedGallery> {
  const folder = await mkdtemp(join(tmpdir(), 'filterscope inspect-'));
  await mkdir(join(folder, 'experiments'));
  await writeFile(join(folder, 'experiments', `${ID}.yaml`), EXPERIMENT);
  const { status, stderr } = await filterscope(['build', '--backend', 'wasm'], { cwd: folder });
  if (status !== 0) throw new Error(stderr);
  const dist = join(folder, 'dist');
  const report = JSON.parse(await readFile(join(dist, ID, 'report.json'), 'utf8')) as Report;
  const server = await serveFolder(dist, '/some/where/');
  return {
    ...{ dist, server, report },
    roots: { server: server.origin, disk: `${pathToFileURL(dist).href}/` },
    async values(layer, image) {
      const found = report.views[0]!.values!.find((each) => each.layer === layer && each.image === image)!;
      return readNpy(Uint8Array.from(await readFile(join(dist, ID, found.src))));
    },
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
