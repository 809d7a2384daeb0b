import { z } from 'zod/v4';
import { boxSchema } from '../../schema/report.ts';
import type { FactsOf } from '../technique.ts';

/** A float32; null where it is not finite. */
const value = z.number().nullable();
const count = z.int().nonnegative();
const pair = z.tuple([z.int(), z.int()]);
/** Of the rows and columns of a map; of an input, `top` and `left` are negative where there is padding. */
const rectangle = z.strictObject({ top: z.int(), left: z.int(), rows: count, columns: count });
const parameters = z.record(z.string(), z.number()).optional();

/** How one value of a layer comes about, or several: every float32 of it, by nine digits, which name it exactly. */
const schema = z.strictObject({
  /** sum: products of a window with a kernel; max, mean: of a window; dense: products of a vector; function: of one value. */
  operation: z.enum(['sum', 'max', 'mean', 'dense', 'function']),
  /** The layer whose output the values come from, [height, width, channels] or [units]. */
  input: z.strictObject({ layer: z.string(), shape: z.array(count) }),
  /** Shape of the layer's own output. */
  map: z.array(count),
  /** Rows and columns that a window spans with its gaps, moves by, has between its taps, and reaches over the upper left corner. */
  window: z.strictObject({ size: pair, stride: pair, dilation: pair, padding: pair }).optional(),
  /** The part of the input that is written out. */
  patch: rectangle.optional(),
  /** The receptive field of the patch, in pixels, not clipped; absent where it is not known. */
  box: boxSchema.optional(),
  /** Input channels written out. `values` are those of the patch, row by row (null in the padding), `weights` those of the window (null in gaps). */
  channels: z
    .array(
      z.strictObject({
        channel: count,
        /** red, green or blue, where the channel is that of the image. */
        name: z.string().optional(),
        values: z.array(value),
        weights: z.array(value).optional(),
      }),
    )
    .optional(),
  /** Of a dense layer: the products of greatest magnitude. */
  terms: z.array(z.strictObject({ unit: count, value, weight: value })).optional(),
  /** Channels or terms that are not written out, but summed. */
  others: count.optional(),
  bias: value.optional(),
  /** The layer's own activation function, where it has one. */
  activation: z.strictObject({ name: z.string(), parameters }).optional(),
  /** The part of the map that a walk fills. */
  walk: rectangle.optional(),
  places: z.array(
    z.strictObject({
      /** Of the map; absent where the output is a vector. */
      row: count.optional(),
      column: count.optional(),
      /** Of the products in each channel of `channels`. */
      sums: z.array(value).optional(),
      /** Of what is not written out. */
      others: value.optional(),
      /** What the activation function is applied to: sums and bias together, or the value that goes in. */
      before: value.optional(),
      /** As in the layer's map. */
      output: value,
      /** Of each function of `plot`. */
      functions: z.array(value).optional(),
    }),
  ),
  /** Activation functions from `from` to `to`, at evenly spaced places, and how many of the filter's values fall on each part of that range. */
  plot: z
    .strictObject({
      from: z.number(),
      to: z.number(),
      counts: z.array(count),
      functions: z.array(
        z.strictObject({ name: z.string(), parameters, values: z.array(value), own: z.boolean() }),
      ),
    })
    .optional(),
  /** Shares of the exponentials exp(value - greatest), whose sum is `total`; the greatest ones, and the place's own. */
  softmax: z
    .strictObject({
      units: count,
      greatest: value,
      total: value,
      terms: z.array(z.strictObject({ unit: count, value, share: value })),
    })
    .optional(),
});

export type ArithmeticFacts = z.output<typeof schema>;
export type ArithmeticPosition = ArithmeticFacts['places'][number];
export type Rectangle = z.output<typeof rectangle>;

export const arithmeticFacts: FactsOf = { schema };
