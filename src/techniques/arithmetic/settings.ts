import { z } from 'zod/v4';
import { reject } from '../../schema/issue.ts';
import { ACTIVATIONS } from '../../schema/model-words.ts';
import { pairOf } from '../../schema/pieces.ts';
import {
  filterSelector,
  gridSetting,
  imageSelectors,
  labelTemplate,
  layerSelectors,
} from '../../schema/selectors.ts';
import { show } from '../../schema/words.ts';

/** Positions of one view's list. */
export const MOST_POSITIONS = 16;
/** Rows and columns of a crop. */
export const MOST_CROP = 12;
/** Positions of a walk: their frames stand side by side in one WebP, which is 16,383 pixels wide at most. */
export const MOST_STEPS = 25;
/** Values of one channel that a window may span. */
export const MOST_TAPS = 256;
/** Input channels, or products of a dense layer, that are written out. */
export const MOST_CHANNELS = 16;
/** Panels of a view. */
export const MOST_PANELS = 64;

export type Position = readonly [row: number, column: number] | 'walk' | 'strongest';

const isIndex = (raw: unknown): raw is number =>
  typeof raw === 'number' && Number.isSafeInteger(raw) && raw >= 0;

const isPosition = (raw: unknown): raw is Position =>
  raw === 'walk' || raw === 'strongest' || (Array.isArray(raw) && raw.length === 2 && raw.every(isIndex));

/** One position or a list: `[2, 3]`, `walk`, `strongest`. */
const positions = z
  .unknown()
  .transform((raw, ctx): readonly Position[] => {
    const entries: readonly unknown[] = isPosition(raw) || !Array.isArray(raw) ? [raw] : raw;
    if (entries.length === 0 || entries.length > MOST_POSITIONS) {
      const what = (key: string) =>
        `${key} has ${entries.length} entries. The limit is ${MOST_POSITIONS}, and one is needed.`;
      return reject(ctx, { what }) ?? z.NEVER;
    }
    return entries.flatMap((entry, at) => {
      if (isPosition(entry)) return [entry];
      const path = Array.isArray(raw) ? [at] : [];
      reject(
        ctx,
        {
          what: (key) => `${key} cannot be ${show(entry)}.`,
          why: 'A position is [row, column] of the feature map, counted from 0.',
          choices: ['[2, 3]', 'walk', 'strongest'],
        },
        path,
      );
      return [];
    });
  })
  .meta({
    description:
      'Positions of the feature map: [row, column], strongest (that of the greatest value), or walk (every position of a small crop, one frame each)',
    anyOf: (() => {
      const index = { type: 'integer', minimum: 0 };
      const one = [
        { type: 'string', enum: ['walk', 'strongest'] },
        { type: 'array', items: index, minItems: 2, maxItems: 2 },
      ];
      return [...one, { type: 'array', items: { anyOf: one }, minItems: 1, maxItems: MOST_POSITIONS }];
    })(),
  });

const corner = z
  .tuple([z.int().nonnegative(), z.int().nonnegative()])
  .meta({ description: 'Row and column of the upper left corner of the crop, in the input of the layer' });

export const settings = z.strictObject({
  layers: layerSelectors,
  filters: filterSelector.prefault(0),
  images: imageSelectors.prefault(0),
  positions: positions.optional(),
  crop: pairOf(MOST_CROP, 'Rows and columns of the input that `walk` goes over').optional(),
  corner: corner.optional(),
  channels: z.int().min(1).max(MOST_CHANNELS).optional().meta({
    description:
      'Input channels written out, or products of a dense layer: those that contribute most; the others are given as one sum',
  }),
  functions: z.array(z.enum(ACTIVATIONS)).max(ACTIVATIONS.length).default([]).meta({
    description: 'Further activation functions to plot, with the values of the layer',
  }),
  grid: gridSetting.optional(),
  label: labelTemplate.optional(),
});

export type Settings = z.output<typeof settings>;
