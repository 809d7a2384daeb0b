import { efficientnetLite } from './efficientnet-lite.ts';
import { lenet } from './lenet.ts';
import { patternnet } from './patternnet.ts';
import { vgg16 } from './vgg16.ts';
import { vgg16Edges } from './vgg16-edges.ts';
import type { ZooModel } from './zoo-model.ts';

export type {
  BundledWeights,
  PackagedWeights,
  StateDictNames,
  WebWeights,
  WeightSource,
  ZooModel,
} from './zoo-model.ts';

/** Every network known by name. */
export const zoo: readonly ZooModel[] = [...efficientnetLite, lenet, patternnet, vgg16, vgg16Edges];

export const zooNames: readonly string[] = zoo.map(({ name }) => name);

export function findZooModel(name: string): ZooModel | undefined {
  return zoo.find((model) => model.name === name);
}

/** What a network tells apart with the given weights; undefined where that is not known. */
export function classesOf(model: ZooModel, weights: string | undefined): readonly string[] | undefined {
  if (weights === undefined && model.weights) return model.classes;
  const name = weights ?? model.bundledDefault;
  return name === undefined ? undefined : model.bundled?.[name]?.classes;
}
