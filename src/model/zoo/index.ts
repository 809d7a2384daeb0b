import { alexnet } from './alexnet.ts';
import { densenet121 } from './densenet.ts';
import { efficientnetLite } from './efficientnet-lite.ts';
import { googlenet } from './googlenet.ts';
import { inceptionV3 } from './inception-v3.ts';
import { lenet } from './lenet.ts';
import { mobilenetV2 } from './mobilenet-v2.ts';
import { mobilenetV3Small } from './mobilenet-v3-small.ts';
import { patternnet } from './patternnet.ts';
import { resnet18, resnet50 } from './resnet.ts';
import { squeezenet } from './squeezenet.ts';
import { vgg16 } from './vgg16.ts';
import { vgg16Edges } from './vgg16-edges.ts';
import { vgg19 } from './vgg19.ts';
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
export const zoo: readonly ZooModel[] = [
  ...[
    alexnet,
    densenet121,
    ...efficientnetLite,
    googlenet,
    inceptionV3,
    lenet,
    mobilenetV2,
    mobilenetV3Small,
  ],
  ...[patternnet, resnet18, resnet50, squeezenet, vgg16, vgg16Edges, vgg19],
];

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
