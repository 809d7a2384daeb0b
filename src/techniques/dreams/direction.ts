import { z } from 'zod/v4';
import { reject, rejectMissing } from '../../schema/issue.ts';
import { isGroup } from '../../schema/pieces.ts';
import { show } from '../../schema/words.ts';

/** Weights by filter, as `{3: 1, 20: -0.5}`. */
export const directionSetting = z
  .unknown()
  .transform((raw, ctx): Readonly<Record<string, number>> => {
    const why = 'Write a weight per filter: `{3: 1, 20: -0.5}`.';
    if (raw === undefined) return rejectMissing(ctx, why) ?? z.NEVER;
    const entries = isGroup(raw) ? Object.entries(raw) : [];
    const fits = entries.every(
      ([filter, weight]) => /^\d{1,6}$/.test(filter) && typeof weight === 'number' && Number.isFinite(weight),
    );
    if (!fits || !entries.some(([, weight]) => weight !== 0)) {
      return reject(ctx, { what: (key) => `${key} cannot be ${show(raw)}.`, why }) ?? z.NEVER;
    }
    return Object.fromEntries(entries.map(([filter, weight]) => [filter, weight as number]));
  })
  .meta({
    description: 'A weighted sum of filters instead of `filters` one by one, as {3: 1, 20: -0.5}',
    type: 'object',
    patternProperties: { '^\\d{1,6}$': { type: 'number' } },
    additionalProperties: false,
    minProperties: 1,
  });
