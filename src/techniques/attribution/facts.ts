import { z } from 'zod/v4';
import { METHODS } from './attribution-types.ts';

export const TARGET_KINDS = ['predicted', 'expected', 'class', 'unit', 'difference'] as const;

/** Rank correlation with the map, by the magnitude of values; null where one of the two is the same everywhere or not finite. */
const correlation = z.number().nullable();

/** A score as pixels are taken away or given back, most important first. */
const curve = z.strictObject({
  /** At 0, 1/n … 1 of the pixels: of the class' probability, or of the unit's value as a fraction of that for the whole image. */
  scores: z.array(z.number()),
  /** Mean height, by the trapezoidal rule. */
  area: z.number(),
  /** The same for a random map of the same size. */
  random: z.number(),
});

const controls = z.strictObject({
  /** With the weights of the last layers in random order: how many, the last of them all. */
  randomized: z.array(z.strictObject({ layers: z.int().positive(), correlation })),
  /** With the map for the class with the next highest score. */
  otherClass: z
    .strictObject({ unit: z.int().nonnegative(), name: z.string().optional(), correlation })
    .optional(),
  /** With the map for an image of one colour, the mean of this one. */
  uniform: correlation,
  deletion: curve.optional(),
  insertion: curve.optional(),
});

/** What was explained, by which method, and how far the map can be trusted. */
const schema = z.strictObject({
  method: z.enum(METHODS),
  target: z.strictObject({
    kind: z.enum(TARGET_KINDS),
    layer: z.string(),
    unit: z.int().nonnegative(),
    /** Of the class, where it is known. */
    name: z.string().optional(),
    /** Of a difference: the unit whose score is taken from it. */
    against: z.int().nonnegative().optional(),
    againstName: z.string().optional(),
  }),
  /** What the map explains: a logit, or a unit's mean value; null where it is not finite. */
  score: z.number().nullable(),
  /** Of the class, 0 to 1. */
  probability: z.number().nullable().optional(),
  /** Of integrated gradients: the sum of the map, the difference of scores it should be, and how far off it is, as a fraction. */
  completeness: z
    .strictObject({ sum: z.number(), difference: z.number(), error: z.number().nullable() })
    .optional(),
  /** Of a layer's map: the filters that push the score up most, then those that push it down most, with gradient x activation. */
  units: z.array(z.strictObject({ filter: z.int().nonnegative(), contribution: z.number() })).optional(),
  controls: controls.optional(),
});

export type AttributionFacts = z.output<typeof schema>;
export type Controls = z.output<typeof controls>;
export type Curve = z.output<typeof curve>;

/** A map that the network without what it has learnt gives as well: it does not show what the network looks at. */
export const IGNORES_MODEL = 'ignores-model';

/** Rank correlation with the map of the randomized network from which on a map is flagged. */
export const IGNORES_FROM = 0.8;

/** The same of the mean over the maps of a layer. */
export const IGNORES_ON_AVERAGE = 0.5;

export const attributionSchema = schema;

/** How far the maps of a view depend on the network, layer by layer. */
export const attributionViewSchema = z.strictObject({
  /** Absent without controls. */
  layers: z
    .array(
      z.strictObject({
        layer: z.string(),
        /** Maps that were compared. */
        maps: z.int().nonnegative(),
        /** Mean rank correlation with the maps of the network whose weights are all in random order; null where none could be compared. */
        randomized: z.number().nullable(),
        /** With the maps for another class. */
        otherClass: z.number().nullable(),
        /** With the maps of uniform images. */
        uniform: z.number().nullable(),
        /** Mean areas, and those of random maps. */
        deletion: z.strictObject({ area: z.number(), random: z.number() }).optional(),
        insertion: z.strictObject({ area: z.number(), random: z.number() }).optional(),
        /** The maps are, on average, those of the randomized network too: they do not show what it has learnt. */
        ignoresModel: z.boolean(),
      }),
    )
    .optional(),
});

export type AttributionViewFacts = z.output<typeof attributionViewSchema>;
