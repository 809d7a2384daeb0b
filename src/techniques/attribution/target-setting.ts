import { z } from 'zod/v4';
import { reject, rejectMissing } from '../../schema/issue.ts';
import { isGroup } from '../../schema/pieces.ts';
import { show } from '../../schema/words.ts';

export type TargetSetting =
  | { readonly kind: 'predicted' | 'expected' | 'difference' }
  | { readonly kind: 'class'; readonly class: string | number }
  | { readonly kind: 'unit'; readonly layer: string | number; readonly filter: number };

const WORDS = ['predicted', 'expected', 'difference'] as const;
const FORMS = [...WORDS, '{class: tabby}', '{class: 281}', '{layer: conv5, filter: 12}'];

/** `predicted`, `expected`, `difference`, `{class: name or index}`, `{layer: name, filter: index}`, or a list of them. */
export const targetSetting = z
  .unknown()
  .transform((raw, ctx): readonly TargetSetting[] => {
    if (raw === undefined) return rejectMissing(ctx, 'Name the score to explain.') ?? z.NEVER;
    const entries: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
    const found = entries.map(parse);
    const bad = found.indexOf(undefined);
    if (bad < 0 && found.length > 0 && found.length <= MOST) return found as TargetSetting[];
    return (
      reject(
        ctx,
        found.length > MOST
          ? { what: (key) => `${key} has ${found.length} entries; the limit is ${MOST}.` }
          : {
              what: (key) => `${key} cannot be ${show(bad < 0 ? raw : entries[bad])}.`,
              choices: FORMS,
            },
        Array.isArray(raw) && bad >= 0 ? [bad] : [],
      ) ?? z.NEVER
    );
  })
  .meta({
    description:
      'The score to explain: predicted, the class with the highest score; expected, the class of the image; difference, the first less the second; {class: name or index}; {layer: name, filter: index}; or a list of these',
    anyOf: [
      { enum: [...WORDS] },
      { type: 'object', examples: [{ class: 'tabby' }, { layer: 'conv5', filter: 12 }] },
      { type: 'array', minItems: 1, maxItems: 16 },
    ],
  });

/** Scores of one view. */
const MOST = 16;

function parse(raw: unknown): TargetSetting | undefined {
  if ((WORDS as readonly unknown[]).includes(raw)) return { kind: raw as (typeof WORDS)[number] };
  if (!isGroup(raw)) return undefined;
  const keys = Object.keys(raw).sort().join();
  const { class: own, layer, filter } = raw;
  if (keys === 'class' && isNameOrIndex(own)) return { kind: 'class', class: own };
  if (keys === 'filter,layer' && isNameOrIndex(layer) && isIndex(filter))
    return { kind: 'unit', layer, filter };
  return undefined;
}

const isIndex = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
const isNameOrIndex = (value: unknown): value is string | number =>
  isIndex(value) || (typeof value === 'string' && value.trim() !== '');
