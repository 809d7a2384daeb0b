import { z } from 'zod/v4';
import type { Facts, FactsOf } from '../technique.ts';

/** How an image was made that activates a unit. */
const schema = z.strictObject({
  /** What was maximized: `channel`, `neuron`, `logit`, `direction`, or one of them after `negative `. */
  objective: z.string(),
  method: z.string(),
  /** Of the finished image, shown to the network as it is; null where it is not finite. */
  activation: z.number().nullable(),
  /** The image of the experiment with the greatest activation. */
  best: z.strictObject({ image: z.string(), activation: z.number() }).optional(),
  /** The activation as a multiple of the best image's. */
  score: z.number().optional(),
  steps: z.int().nonnegative(),
  seed: z.number(),
  /** The objective by step, 64 points or fewer. */
  curve: z.array(z.number()),
});

export type DreamFacts = z.output<typeof schema>;

/** With the best image by its position in the job's images. */
export interface ComputedDreamFacts extends Omit<DreamFacts, 'best'> {
  readonly best?: { readonly image: number; readonly activation: number };
}

export const dreamFacts: FactsOf = {
  schema,
  report(facts: Facts, idOf): Facts {
    const { best, ...others } = facts as Facts & ComputedDreamFacts;
    return best ? { ...others, best: { ...best, image: idOf(best.image) } } : others;
  },
};
