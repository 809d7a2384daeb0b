import { z } from 'zod/v4';

/**
 * What the outputs of a network are. `single-label`: one class out of several, their probabilities a softmax. `binary`: one sigmoid unit,
 * whose probability is that of the second of two classes. `multi-label`: any number of classes at once, a sigmoid each. `scores`: numbers
 * without a probability.
 */
export const OUTPUT_KINDS = ['single-label', 'binary', 'multi-label', 'scores'] as const;
export type OutputKind = (typeof OUTPUT_KINDS)[number];

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);

const predictionSchema = z.strictObject({
  /** Position among the network's classes; with `binary` 0 or 1. */
  class: count,
  /** Where it is known. */
  name: z.string().optional(),
  /** Absent where outputs are scores. */
  probability: share.optional(),
  /** The output before a last softmax or sigmoid. */
  logit: z.number(),
});

/** Of one image. */
export const predictionFacts = z.strictObject({
  /** What the outputs of the network are. */
  kind: z.enum(OUTPUT_KINDS),
  /** The classes with the highest logits, highest first; empty where some logit is not finite. */
  predictions: z.array(predictionSchema),
  /** The classes that its folder stands for; absent where it stands for none. */
  expected: z
    .array(
      predictionSchema.extend({
        /** Position by logit among all classes, from 1. */
        rank: z.int().positive(),
      }),
    )
    .optional(),
  /**
   * Right: the class of the highest logit is an expected one; with `multi-label`, all expected classes reach the threshold. Absent without
   * an expected class and where outputs are scores.
   */
  verdict: z.enum(['right', 'wrong']).optional(),
  /** Absent in between, and where outputs are scores. */
  certainty: z.enum(['confident', 'unsure']).optional(),
  /** With `multi-label`: the classes that reach the threshold, highest first. */
  labels: z.array(z.strictObject({ class: count, name: z.string().optional() })).optional(),
});

const classSchema = z.strictObject({
  class: count,
  name: z.string().optional(),
  /** Of images that it is expected of. */
  images: count,
  /** Of these, right ones. */
  right: count,
  /** Images that it is predicted for: of the highest logit; with `multi-label`, above the threshold. */
  predicted: count,
  /** right / images; absent without images. */
  recall: share.optional(),
  /**
   * Of the images with an expected class that it is predicted for, the share that it is expected of. Absent where there is none, and with
   * `multi-label`: folders do not say what is absent.
   */
  precision: share.optional(),
  /** Ids of the images it is expected of with its highest and with its lowest logits, at most five each. */
  best: z.array(z.string()),
  worst: z.array(z.string()),
  /** Ids of images of other classes that it is predicted for, highest logit first; at most five. */
  mistaken: z.array(z.string()),
});

/** Of all images of a view. */
export const summaryFacts = z.strictObject({
  kind: z.enum(OUTPUT_KINDS),
  /** Name of the layer whose output, before its activation, is the logits. */
  logits: z.string(),
  /** How many classes or scores the network has. */
  outputs: z.int().positive(),
  images: count,
  /** Images with an expected class. */
  labelled: count,
  right: count,
  wrong: count,
  /** Wrong, and the probability of the prediction reaches `confident`. */
  confidentlyWrong: count,
  unsure: count,
  /** Images with a logit that is not a finite number. */
  notFinite: count,
  /** right / labelled; absent without labelled images. */
  accuracy: share.optional(),
  /** The share of labelled images whose expected class is among the five highest; only with more than five classes. */
  topFive: share.optional(),
  /** Folders, in the order of their classes, and what they stand for. */
  folders: z.array(z.strictObject({ folder: z.string(), classes: z.array(count), images: count })),
  /** Folders that stand for no class of the network. */
  unmatched: z.array(z.string()),
  /** Classes that are expected or predicted, ascending. */
  classes: z.array(classSchema),
  /** How many images of a folder are predicted as a class; cells without any are left out. */
  confusion: z
    .array(
      z.strictObject({ folder: z.string(), predicted: count, count: z.int().positive(), right: z.boolean() }),
    )
    .optional(),
  calibration: z
    .strictObject({
      /** The mean distance of confidence and accuracy over the bins, each counted by its images (Guo et al. 2017). */
      error: share,
      /** Of equal width; from is excluded but for the first. */
      bins: z.array(
        z.strictObject({
          from: share,
          to: share,
          count,
          /** Mean probability of the predictions, and the share of right ones; absent in an empty bin. */
          confidence: share.optional(),
          accuracy: share.optional(),
        }),
      ),
    })
    .optional(),
});

export type Prediction = z.output<typeof predictionSchema>;
export type PredictionFacts = z.output<typeof predictionFacts>;
export type ClassSummary = z.output<typeof classSchema>;
export type Summary = z.output<typeof summaryFacts>;
export type Calibration = NonNullable<Summary['calibration']>;
