import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { nodeFiles, silentLogger } from '../../src/effects.ts';
import type { Effects } from '../../src/effects.ts';
import type { PipelineOptions } from '../../src/pipeline/plan/prepare.ts';

export interface Workspace {
  readonly folder: string;
  readonly options: PipelineOptions & { readonly out: string };
  readonly effects: Effects;
  /** What was warned of. */
  readonly warnings: string[];
  /** Writes files below the folder. */
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
}

/** A folder with experiments/, content/ and three small images, as a user would have it. */
export async function makeWorkspace(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Workspace> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'filterscope-')));
  const warnings: string[] = [];
  const workspace: Workspace = {
    ...{ folder, warnings },
    options: {
      ...{ backend: 'wasm', version: '0.0.0', jobs: 2 },
      experiments: join(folder, 'experiments'),
      content: join(folder, 'content'),
      cache: join(folder, 'cache'),
      nativeDir: join(folder, 'no-native'),
      out: join(folder, 'dist'),
    },
    effects: {
      log: { ...silentLogger, warn: (line) => void warnings.push(line) },
      files: nodeFiles,
      now: () => performance.now(),
    },
    async write(more) {
      for (const [path, contents] of Object.entries(more)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), contents);
      }
    },
  };
  await mkdir(workspace.options.experiments);
  await workspace.write({
    'photos/cats/one.png': await image(1),
    'photos/cats/two.png': await image(2),
    'photos/dogs/three.png': await image(3),
    ...files,
  });
  return workspace;
}

/** 24 x 20 pixels of a gradient with a block in it. */
export function image(seed: number, width = 24, height = 20): Promise<Buffer> {
  const rgb = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = x > 4 + seed && x < 14 + seed && y > 5 && y < 12;
      rgb.set(inside ? [250, 30 * seed, 20] : [x * 9, y * 11, (x * y * seed) % 256], (y * width + x) * 3);
    }
  }
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** Pages of many columns are low: nothing here takes longer than to draw a page. */
export const SMALL_EXPERIMENT = `title: Small
model:
  input: [20, 24]
  layers:
    - conv2d: {name: first, filters: 4, kernel: 3, activation: relu}
    - max_pool: {name: pool, pool: 2}
    - conv2d: {name: second, filters: 5, kernel: 3}
images:
  folder: ../photos
seed: 3
views:
  - id: maps
    technique: feature-maps
    layer: first
    images: all
  - id: last
    technique: feature-maps
    layer: last-conv
    filters: [0, 2]
    values: true
    grid: 1x20
  - technique: stages
    grid: 1x20
  - technique: kernels
    grid: 1x20
`;

/** A TensorFlow.js model of one 1 x 1 convolution with two filters; its six weights are in weights.bin. */
export function modelJson(change: (model: Record<string, unknown>) => void = () => {}): string {
  const model = {
    format: 'layers-model',
    modelTopology: {
      model_config: {
        class_name: 'Sequential',
        config: {
          name: 'tiny',
          layers: [
            {
              class_name: 'Conv2D',
              config: {
                ...{ name: 'conv', filters: 2, kernel_size: [1, 1], strides: [1, 1], padding: 'valid' },
                ...{ batch_input_shape: [null, 4, 4, 3], activation: 'linear', use_bias: false },
              },
            },
          ],
        },
      },
    },
    weightsManifest: [
      { paths: ['weights.bin'], weights: [{ name: 'conv/kernel', shape: [1, 1, 3, 2], dtype: 'float32' }] },
    ],
  };
  change(model as never);
  return JSON.stringify(model);
}

/** Images that are drawn. */
export const DRAWN_EXPERIMENT = `title: Drawn
model:
  input: [16, 16]
  layers:
    - conv2d: {name: only, filters: 2, kernel: 3, activation: relu}
images:
  generated: patterns
  limit: 2
views:
  - {technique: feature-maps, layer: only, images: all, grid: 1x20}
`;
