import { z } from 'zod/v4';
import type { FactsOf } from '../technique.ts';

/** A flag: the greatest value inside the image is less than half of the map's. */
export const BORDER = 'border';

const schema = z.strictObject({
  /**
   * The greatest value among units whose receptive field lies inside the image; null where none of those is finite. Others also depend on
   * the padding. Absent where the receptive fields of more than half of the rows or columns reach outside, and in maps of one value.
   */
  inner: z.number().nullable().optional(),
});

export type MapFacts = z.output<typeof schema>;

export const mapFacts: FactsOf = { schema };

/** @param inner the greatest value inside the image; -Infinity where none is finite */
export const factsOf = (inner: number): MapFacts => ({ inner: Number.isFinite(inner) ? inner : null });

/** @param greatest of the whole map */
export const isAtBorder = (greatest: number, inner: number): boolean => greatest > 0 && inner < greatest / 2;
