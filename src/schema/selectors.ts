/**
 * Pieces of which techniques make the zod schema of their settings:
 *
 *     settings: z.strictObject({ layers: layerSelectors, filters: filterSelector.prefault('all'), ...displaySettings })
 *
 * Defaults of selectors are given by `prefault`, in the words of an experiment file; that is how reports repeat them.
 * A technique names its key `layers`; files may also write `layer`, which the parser takes for the same.
 */
import { z } from 'zod/v4';
import type { FilterSelector, ImageSelector, LayerSelector } from './experiment.ts';
import { reject, rejectMissing } from './issue.ts';
import { isGroup } from './pieces.ts';
import { show } from './words.ts';

export * from './display-settings.ts';

/** Longest list of filters or images that one selector may name, and the greatest index. */
export const MOST_INDICES = 100_000;

type Context = z.RefinementCtx;
type Path = readonly (string | number)[];

const LAYER_WORDS = ['first-conv', 'last-conv', 'all-conv', 'all'] as const;
const isLayerWord = (name: string): name is (typeof LAYER_WORDS)[number] =>
  (LAYER_WORDS as readonly string[]).includes(name);

const LAYER_FORMS = ['a layer name', 'an index', ...LAYER_WORDS];

function parseLayer(raw: unknown, ctx: Context, path: Path): LayerSelector | undefined {
  if (typeof raw === 'number' && Number.isInteger(raw) && raw >= 0) return { kind: 'index', index: raw };
  if (typeof raw === 'string' && raw.trim() !== '') {
    return isLayerWord(raw) ? { kind: raw } : { kind: 'name', name: raw };
  }
  return reject(
    ctx,
    {
      what: (key) => `${key} cannot be ${show(raw)}.`,
      why: 'Write the name of a layer, or its index as `filterscope layers` prints it, counted from 0.',
      ...(typeof raw === 'number' && raw < 0 && { hint: 'For the last convolution write `last-conv`.' }),
      choices: LAYER_FORMS,
    },
    path,
  );
}

/** One layer or a list of them; never empty. */
export const layerSelectors = z
  .unknown()
  .transform((raw, ctx): readonly LayerSelector[] =>
    oneOrMore(raw, ctx, 'Name the layers to show.', parseLayer),
  )
  .meta({
    description: 'A layer name, an index, first-conv, last-conv, all-conv, all, or a list of these',
    ...oneOrMoreJson([
      { type: 'string', examples: [...LAYER_WORDS], minLength: 1 },
      { type: 'integer', minimum: 0 },
    ]),
  });

/** `11`, `0-48`, `[0, 11, 20-25]`, `all`, `{first: n}` or `{random: n}`. */
export const filterSelector = z
  .unknown()
  .transform((raw, ctx): FilterSelector => {
    if (raw === undefined) return rejectMissing(ctx, 'Name the filters to show.') ?? z.NEVER;
    if (raw === 'all') return { kind: 'all' };
    if (isGroup(raw)) return parseFilterCount(raw, ctx) ?? z.NEVER;
    const entries = Array.isArray(raw) ? raw : [raw];
    const indices: number[] = [];
    for (const [position, entry] of entries.entries()) {
      const path = Array.isArray(raw) ? [position] : [];
      const range = parseIndices(entry, { negative: false });
      if (range === undefined) rejectFilter(entry, ctx, path);
      else if (!addRange(indices, range, ctx, path, 'filters')) break;
    }
    if (entries.length === 0) rejectFilter(raw, ctx, []);
    return { kind: 'indices', indices: [...new Set(indices)] };
  })
  .meta({
    description: 'Filters: 11, 0-48, [0, 11, 20-25], all, {first: 49} or {random: 16}',
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: '^(all|\\d+-\\d+)$', examples: ['all', '0-48'] },
      {
        type: 'array',
        minItems: 1,
        items: {
          anyOf: [
            { type: 'integer', minimum: 0 },
            { type: 'string', pattern: '^\\d+-\\d+$' },
          ],
        },
      },
      ...['first', 'random'].map((key) => ({
        type: 'object',
        properties: { [key]: { type: 'integer', minimum: 1, maximum: MOST_INDICES } },
        required: [key],
        additionalProperties: false,
      })),
    ],
  });

const FILTER_FORMS = ['11', '0-48', '[0, 11, 20-25]', 'all', '{first: 49}', '{random: 16}'];

function rejectFilter(raw: unknown, ctx: Context, path: Path): undefined {
  return reject(
    ctx,
    {
      what: (key) => `${key} cannot be ${show(raw)}.`,
      why: 'Filters are counted from 0.',
      choices: FILTER_FORMS,
    },
    path,
  );
}

function parseFilterCount(raw: Record<string, unknown>, ctx: Context): FilterSelector | undefined {
  const [kind, ...others] = Object.keys(raw);
  if ((kind !== 'first' && kind !== 'random') || others.length > 0) return rejectFilter(raw, ctx, []);
  const count = raw[kind];
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= MOST_INDICES) {
    return { kind, count };
  }
  return reject(
    ctx,
    { what: (key) => `${key} must be a whole number from 1 to ${MOST_INDICES}, not ${show(count)}.` },
    [kind],
  );
}

/** One image, range, class or file name, or a list of them. */
export const imageSelectors = z
  .unknown()
  .transform((raw, ctx): readonly ImageSelector[] => {
    // Counted before any range is written out: a list may hold many of them.
    const entries: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
    const total = entries.reduce<number>(
      (sum, entry) => sum + countOf(parseIndices(entry, { negative: true })),
      0,
    );
    if (total > MOST_INDICES) return reject(ctx, tooMany(total, 'images')) ?? z.NEVER;
    return oneOrMore(raw, ctx, 'Name the images to show.', parseImage);
  })
  .meta({
    description:
      'An index (negative ones count from the end), a range such as 0-48, a file name, class:NAME, all, or a list of these',
    ...oneOrMoreJson([
      { type: 'string', examples: ['all', '0-48', 'cat.png', 'class:cats'], minLength: 1 },
      { type: 'integer' },
    ]),
  });

const IMAGE_FORMS = ['11', '-3', '0-48', 'cat.png', 'class:cats', 'all', 'a list of these'];

function parseImage(raw: unknown, ctx: Context, path: Path): ImageSelector | undefined {
  const range = parseIndices(raw, { negative: true });
  if (range) {
    const indices: number[] = [];
    return addRange(indices, range, ctx, path, 'images') ? { kind: 'indices', indices } : undefined;
  }
  if (typeof raw === 'string') {
    if (raw === 'all') return { kind: 'all' };
    if (raw.startsWith('class:') && raw.length > 6) return { kind: 'class', class: raw.slice(6).trim() };
    const isBrokenRange = /^-?\d+\s*-\s*-?\d+$/.test(raw);
    if (raw.trim() !== '' && !raw.startsWith('class:') && !isBrokenRange) return { kind: 'file', file: raw };
  }
  return reject(
    ctx,
    {
      what: (key) => `${key} cannot be ${show(raw)}.`,
      why: 'Images are counted from 0, or from the end with -1, -2, …; both ends of a range count the same way.',
      choices: IMAGE_FORMS,
    },
    path,
  );
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** An index, or a range as text with both ends included; ends may stand in either order. Allocates nothing. */
function parseIndices(raw: unknown, { negative }: { negative: boolean }): Range | undefined {
  if (typeof raw === 'number') {
    return Number.isSafeInteger(raw) && (negative || raw >= 0) ? { from: raw, to: raw } : undefined;
  }
  if (typeof raw !== 'string') return undefined;
  const found = /^\s*(-?\d{1,15})\s*-\s*(-?\d{1,15})\s*$/.exec(raw);
  if (!found) return undefined;
  const [from, to] = [Number(found[1]), Number(found[2])];
  if (from < 0 !== to < 0 || (from < 0 && !negative)) return undefined;
  return { from, to };
}

const countOf = (range: Range | undefined): number => (range ? Math.abs(range.to - range.from) + 1 : 1);

function addRange(indices: number[], range: Range, ctx: Context, path: Path, of: string): boolean {
  const { from, to } = range;
  const count = countOf(range);
  if (indices.length + count > MOST_INDICES) {
    reject(ctx, tooMany(indices.length + count, of), path);
    return false;
  }
  if (Math.max(Math.abs(from), Math.abs(to)) > MOST_INDICES) {
    reject(
      ctx,
      { what: (key) => `${key} cannot name ${of} beyond ${MOST_INDICES.toLocaleString('en')}.` },
      path,
    );
    return false;
  }
  const step = to < from ? -1 : 1;
  for (let index = from; index !== to + step; index += step) indices.push(index);
  return true;
}

const tooMany = (count: number, of: string) => ({
  what: (key: string) =>
    `${key} names ${count.toLocaleString('en')} ${of}. The limit is ${MOST_INDICES.toLocaleString('en')}.`,
});

function oneOrMore<T>(
  raw: unknown,
  ctx: Context,
  missing: string,
  parse: (entry: unknown, ctx: Context, path: Path) => T | undefined,
): readonly T[] {
  if (raw === undefined) return rejectMissing(ctx, missing) ?? [];
  if (Array.isArray(raw) && raw.length === 0) {
    return reject(ctx, { what: (key) => `${key} is an empty list.`, why: missing }) ?? [];
  }
  if (Array.isArray(raw) && raw.length > MOST_INDICES) {
    const what = (key: string) => `${key} has more than ${MOST_INDICES.toLocaleString('en')} entries.`;
    return reject(ctx, { what }) ?? [];
  }
  const entries: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  return entries.flatMap((entry, position) => {
    const parsed = parse(entry, ctx, Array.isArray(raw) ? [position] : []);
    return parsed === undefined ? [] : [parsed];
  });
}

function oneOrMoreJson(forms: readonly object[]) {
  return { anyOf: [...forms, { type: 'array', minItems: 1, items: { anyOf: [...forms] } }] };
}
