import { activationMaximization } from './activation-maximization/presentation.ts';
import { attribution } from './attribution/presentation.ts';
import { arithmetic } from './arithmetic/presentation.ts';
import { featureMaps } from './feature-maps/presentation.ts';
import { forwardPass } from './forward-pass/presentation.ts';
import { kernels } from './kernels/presentation.ts';
import { ownPresentations } from '../site-context.ts';
import { predictions } from './predictions/presentation.ts';
import type { Presentation } from './presentation.ts';
import { stages } from './stages/presentation.ts';
import { topPatches } from './top-patches/presentation.ts';

/** By technique: those of this program. */
export const presentations: Readonly<Record<string, Presentation>> = {
  'feature-maps': featureMaps,
  kernels,
  stages,
  'activation-maximization': activationMaximization,
  'top-patches': topPatches,
  attribution,
  arithmetic,
  'forward-pass': forwardPass,
  predictions,
};

const PLAIN: Presentation = { noun: 'Panel' };

/** What headings call a technique. */
export const techniqueTitle = (technique: string): string => presentationOf(technique).title ?? technique;

/** A technique that is not in the table is shown as plain panels. */
export function presentationOf(technique: string): Presentation {
  return (
    ownPresentations().get(technique) ??
    (Object.hasOwn(presentations, technique) ? presentations[technique]! : PLAIN)
  );
}
