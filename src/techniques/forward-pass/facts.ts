import { z } from 'zod/v4';
import { boxSchema } from '../../schema/report.ts';
import type { FactsOf } from '../technique.ts';

const count = z.int().nonnegative();
const value = z.number().nullable();
const pair = z.tuple([z.int(), z.int()]);

/** An image on its way through a network, layer by layer. */
const schema = z.strictObject({
  /** Where the panel shows the image itself, in pixels of the panel. */
  image: boxSchema,
  stages: z.array(
    z.strictObject({
      layer: z.string(),
      /** As of layers in report.json. */
      kind: z.string(),
      /** [height, width, channels] or [units] */
      shape: z.array(count),
      /** How its values are made, where that is known: rows and columns of a window and of its steps. */
      operation: z.enum(['sum', 'max', 'mean', 'dense', 'function']).optional(),
      window: pair.optional(),
      stride: pair.optional(),
      activation: z.string().optional(),
      /** Least and greatest finite value of all of the layer. */
      range: z.tuple([value, value]),
      /** Of maps: the filters that are shown, and where the panel shows each; of a vector, where it shows all. */
      filters: z.array(count).optional(),
      at: z.array(boxSchema),
      /** Of a vector of at most 32 units: its values. */
      values: z.array(value).optional(),
      /** Names of these units, where they are classes. */
      classes: z.array(z.string()).optional(),
    }),
  ),
});

export type ForwardPassFacts = z.output<typeof schema>;
export type Stage = ForwardPassFacts['stages'][number];

export const forwardPassFacts: FactsOf = { schema };
