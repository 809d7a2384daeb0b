import { lenet } from './lenet.ts';
import { vgg16 } from './vgg16.ts';
import { vgg16Edges } from './vgg16-edges.ts';
import type { ZooModel } from './zoo-model.ts';

export type { PackagedWeights, WebWeights, WeightSource, ZooModel } from './zoo-model.ts';

/** Every network known by name. */
export const zoo: readonly ZooModel[] = [lenet, vgg16, vgg16Edges];

export const zooNames: readonly string[] = zoo.map(({ name }) => name);

export function findZooModel(name: string): ZooModel | undefined {
  return zoo.find((model) => model.name === name);
}
