import { z } from 'zod/v4';
import { boxSchema } from '../../schema/report.ts';
import type { Facts, FactsOf } from '../technique.ts';

/** Where in an image a filter has an activation. */
const place = {
  /** An image's id. */
  image: z.string(),
  /** The unit's receptive field in pixels of the network's input, clipped to the image. */
  box: boxSchema,
  /** The whole receptive field, where it reaches outside the image; absent where it is the box. */
  receptiveField: boxSchema.optional(),
  activation: z.number(),
};
const placeSchema = z.strictObject(place);

const patchSchema = z.strictObject({
  ...place,
  /** Where most of the gradient's energy lies. */
  effective: boxSchema.optional(),
  /** Where the panel shows the patch, in pixels of the panel. */
  at: boxSchema,
  /** The same of its projection. */
  projectionAt: boxSchema.optional(),
  /** Which of the panel's files holds the projection over the whole network input, before display scaling. */
  values: z.string().optional(),
});

const schema = z.strictObject({
  /** Strongest first; empty where the filter has no positive activation. */
  patches: z.array(patchSchema),
  /** With `border: avoid`: places at the border that would be among the patches, strongest first. */
  leftOut: z.array(placeSchema).optional(),
  /** The filter's greatest value in each image, counted in bins of equal width over `range`. */
  maxima: z
    .strictObject({
      counts: z.array(z.int().nonnegative()),
      range: z.tuple([z.number(), z.number()]),
    })
    .optional(),
  /** The mean of the filter's maxima over the images of a class. */
  classMeans: z
    .array(
      z.strictObject({
        class: z.string(),
        mean: z.number(),
        /** Images of the class. */
        count: z.int().nonnegative(),
      }),
    )
    .optional(),
  /**
   * Filters of the layer whose maxima over the images are most like this one's, nearest first: the cosine of the two lists of maxima, over
   * at most 4,096 of the images, evenly chosen.
   */
  nearest: z.array(z.strictObject({ filter: z.int().nonnegative(), cosine: z.number() })).optional(),
});

export type PatchFacts = z.output<typeof schema>;
export type Patch = z.output<typeof patchSchema>;
export type PatchPosition = z.output<typeof placeSchema>;
export type Histogram = NonNullable<PatchFacts['maxima']>;
export type ClassMean = NonNullable<PatchFacts['classMeans']>[number];

type Counted<T extends { image: string }> = Omit<T, 'image'> & {
  /** Position in the job's images. */
  readonly image: number;
};
export type ComputedPosition = Counted<PatchPosition>;
export type ComputedPatch = Counted<Patch>;

export interface ComputedPatchFacts extends Omit<PatchFacts, 'patches' | 'leftOut'> {
  readonly patches: readonly ComputedPatch[];
  readonly leftOut?: readonly ComputedPosition[];
}

export const patchFacts: FactsOf = {
  schema,
  report(facts: Facts, idOf): Facts {
    const { patches, leftOut, ...others } = facts as Facts & ComputedPatchFacts;
    const named = <T extends ComputedPosition>(found: T): Facts => ({ ...found, image: idOf(found.image) });
    return { patches: patches.map(named), ...(leftOut ? { leftOut: leftOut.map(named) } : {}), ...others };
  },
};
