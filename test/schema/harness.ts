/** Experiment files in memory and techniques that only have settings. */
import { z } from 'zod/v4';
import type { Files } from '../../src/effects.ts';
import { formatProblem } from '../../src/errors.ts';
import type { Experiment, Narrative, TechniqueSchema } from '../../src/schema/experiment.ts';
import { readExperiments, type ReadExperiments } from '../../src/schema/read.ts';
import {
  displaySettings,
  filterSelector,
  imageSelectors,
  layerSelectors,
} from '../../src/schema/selectors.ts';

const technique = (name: string, settings: z.ZodObject): TechniqueSchema => ({
  name,
  settings,
  defaultId: ({ layers }) => (layers === undefined ? name : `${name} ${String(layers)}`),
  defaultTitle: ({ layers }) => `${name} of ${String(layers)}`,
});

/** All that DESIGN's sample names, with plain settings. */
export const techniques: readonly TechniqueSchema[] = [
  technique(
    'feature-maps',
    z.strictObject({
      layers: layerSelectors,
      filters: filterSelector.prefault('all'),
      images: imageSelectors.prefault(0),
      ...displaySettings,
    }),
  ),
  technique(
    'activation-maximization',
    z.strictObject({
      layers: layerSelectors,
      filters: filterSelector.prefault({ first: 16 }),
      method: z.enum(['fourier', 'pixels', 'dense']).default('fourier'),
      size: z.int().min(8).max(2048).optional(),
      steps: z.int().min(1).max(10_000).default(512),
    }),
  ),
  technique(
    'top-patches',
    z.strictObject({
      layers: layerSelectors,
      filters: filterSelector,
      top: z.int().min(1).default(9),
      projection: z.enum(['deconvnet', 'guided', 'gradient', 'none']).default('none'),
    }),
  ),
  technique(
    'stages',
    z.strictObject({
      images: imageSelectors.prefault(0),
      composite: z.enum(['rgb', 'single']).default('rgb'),
    }),
  ),
  technique('kernels', z.strictObject({ layers: layerSelectors.prefault('first-conv') })),
];

/** Keys are absolute paths; values their content. */
export function memoryFiles(content: Readonly<Record<string, string | Uint8Array>>): Files {
  const bytes = (path: string) => {
    const found = content[path];
    return typeof found === 'string' ? new TextEncoder().encode(found) : found;
  };
  return {
    readBytes: (path) => Promise.resolve(bytes(path)!),
    readText: (path) => Promise.resolve(new TextDecoder().decode(bytes(path))),
    stat(path) {
      const found = bytes(path);
      return Promise.resolve(found && { kind: 'file', size: found.length });
    },
    list(folder) {
      const below = Object.keys(content).filter((path) => path.startsWith(`${folder}/`));
      const names = new Set(below.map((path) => path.slice(folder.length + 1).split('/')[0]!));
      return Promise.resolve(below.length > 0 ? [...names] : undefined);
    },
  };
}

/** Reads files given by their path in a project folder: `experiments/a.yaml`, `content/a.md`. */
export function read(content: Readonly<Record<string, string | Uint8Array>>): Promise<ReadExperiments> {
  const absolute = Object.entries(content).map(([path, text]) => [`/project/${path}`, text] as const);
  return readExperiments({
    dir: '/project/experiments',
    contentDir: '/project/content',
    techniques,
    files: memoryFiles(Object.fromEntries(absolute)),
    cwd: '/project',
  });
}

/** What a user sees, one message after the other. */
export async function messages(content: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const { problems } = await read(content);
  return problems.map(({ problem }) => formatProblem(problem)).join('\n\n');
}

/** Messages about one experiment file. */
export const complain = (yaml: string | Uint8Array) => messages({ 'experiments/a.yaml': yaml });

/** The one experiment of a text without problems. */
export async function experimentOf(yaml: string): Promise<Experiment & { narrative: Narrative }> {
  const { experiments, problems } = await read({ 'experiments/a.yaml': yaml });
  if (problems.length > 0) throw new Error(problems.map(({ problem }) => formatProblem(problem)).join('\n'));
  return experiments[0]!;
}

/** A file that is right but for what is added: `views` is followed by the lines of one feature-maps view. */
export const withView = (lines: string) => `title: A
model: {zoo: vgg16}
views:
  - technique: feature-maps
${lines.replaceAll(/^/gm, '    ')}
`;

export const withModel = (lines: string) => `title: A
model:
${lines.replaceAll(/^/gm, '  ')}
views: [{technique: kernels}]
`;

export const withImages = (lines: string) => `title: A
model: {zoo: vgg16}
images:
${lines.replaceAll(/^/gm, '  ')}
views: [{technique: kernels}]
`;

/** DESIGN's example of an experiment file. */
export const SAMPLE = `title: What VGG16 sees first and last
model:
  zoo: vgg16                    # or  file: models/gender.keras   |  layers: [...] inline, seeded
  weights: ../w.h5              # optional: the zoo's own source is used without it; none = random, seeded
  include_top: false
  input: [256, 256]             # height, width
  preprocess: caffe             # caffe | tf | torch | unit (0..1) | none (0..255)
images:
  folder: ../photos             # relative to The file, or absolute; sub-folders are classes
  fit: stretch                  # stretch | cover | contain
  limit: 49                     # unreadable files are skipped with a warning that names them
optional: true                  # weights that cannot be had here: skip this report with a notice instead of failing
seed: 7
views:
  - id: first-layer             # optional; made from technique and layer otherwise; unique
    technique: feature-maps
    layer: block1_conv1         # a name, an index, first-conv, last-conv; layers: [...] too
    filters: 0-48               # 11 | 0-48 | [0, 11, 30] | all | {first: 49} | {random: 16}
    images: -3                  # index (negatives from the end), range, list, file name, class:a, all
    grid: 7x7
    label: "filter: {filter}"   # also {image} {layer} {count} {class}
    style: contour              # heatmap | contour
    levels: 7
    colormap: viridis
    normalize: panel            # panel | layer | fixed
    values: true                # also write the numbers
  - technique: feature-maps
    layer: block1_conv1
    filters: 11
    images: 0-48
    label: "image: {image}"
  - technique: activation-maximization
    layers: [block1_conv2, block3_conv3, block5_conv3]
    filters: {first: 16}
    method: fourier
    size: 128
    steps: 256
  - technique: top-patches
    layers: all-conv
    filters: {first: 9}
    top: 9
    projection: deconvnet
  - technique: stages
    images: cat.png
    composite: rgb
  - technique: kernels
`;
