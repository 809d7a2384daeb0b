import { activationMaximization } from './activation-maximization.ts';
import { featureMaps } from './feature-maps.ts';
import { kernels } from './kernels.ts';
import { stages } from './stages.ts';
import { topPatches } from './top-patches.ts';
import type { Technique } from './technique.ts';

/** Every technique there is. */
export const techniques: readonly Technique[] = [
  featureMaps,
  kernels,
  stages,
  activationMaximization,
  topPatches,
];

export function techniqueNamed(name: string): Technique {
  const found = techniques.find((technique) => technique.name === name);
  if (!found) throw new Error(`no technique is called ${name}`);
  return found;
}
