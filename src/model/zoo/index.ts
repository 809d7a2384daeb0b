import { lenet } from './lenet.ts';
import { vgg16 } from './vgg16.ts';
import type { ZooModel } from './zoo-model.ts';

export type { WeightSource, ZooModel } from './zoo-model.ts';

/** Every network known by name. */
export const zoo: readonly ZooModel[] = [lenet, vgg16];

export const zooNames: readonly string[] = zoo.map(({ name }) => name);

export function findZooModel(name: string): ZooModel | undefined {
  return zoo.find((model) => model.name === name);
}
