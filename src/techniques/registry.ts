import { byName, Table } from '../plugins.ts';
import { activationMaximization } from './activation-maximization.ts';
import { attribution } from './attribution.ts';
import { arithmetic } from './arithmetic.ts';
import { featureMaps } from './feature-maps.ts';
import { forwardPass } from './forward-pass.ts';
import { kernels } from './kernels.ts';
import { predictions } from './predictions.ts';
import { stages } from './stages.ts';
import { topPatches } from './top-patches.ts';
import type { Technique } from './technique.ts';

const builtIn: readonly Technique[] = [
  featureMaps,
  kernels,
  stages,
  activationMaximization,
  topPatches,
  predictions,
  attribution,
  arithmetic,
  forwardPass,
];

/** Every technique there is, by name: those of this program, then the project's own. */
export const techniques = new Table<Technique>(byName(builtIn));

export function techniqueNamed(name: string): Technique {
  const found = techniques.get(name);
  if (!found) throw new Error(`no technique is called ${name}`);
  return found;
}
