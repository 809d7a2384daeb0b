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
import { didYouMean, show } from './words.ts';

export const COLORMAP_NAMES = [
  'viridis',
  'magma',
  'inferno',
  'plasma',
  'cividis',
  'grey',
  'diverging',
] as const;
export type ColormapName = (typeof COLORMAP_NAMES)[number];

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
      why: 'A layer is named, or given by its index as `filterscope layers` prints it, counted from 0.',
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
    oneOrMore(raw, ctx, 'Say which layers to show.', parseLayer),
  )
  .meta({
    description: 'A layer name, an index, first-conv, last-conv, all-conv, all, or a list of these',
    ...oneOrMoreJson([
      { type: 'string', examples: [...LAYER_WORDS], minLength: 1 },
      { type: 'integer', minimum: 0 },
    ]),
  });

/** Exactly one layer; for settings in which several make no sense. */
export const layerSelector = z
  .unknown()
  .transform((raw, ctx): LayerSelector => {
    if (raw === undefined) return rejectMissing(ctx, 'Say which layer to show.');
    return parseLayer(raw, ctx, []) ?? z.NEVER;
  })
  .meta({
    description: 'A layer name, an index, first-conv or last-conv',
    anyOf: [
      { type: 'string', examples: [...LAYER_WORDS], minLength: 1 },
      { type: 'integer', minimum: 0 },
    ],
  });

/** `11`, `0-48`, `[0, 11, 20-25]`, `all`, `{first: n}` or `{random: n}`. */
export const filterSelector = z
  .unknown()
  .transform((raw, ctx): FilterSelector => {
    if (raw === undefined) return rejectMissing(ctx, 'Say which filters to show.');
    if (raw === 'all') return { kind: 'all' };
    if (isGroup(raw)) return parseFilterCount(raw, ctx);
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

function rejectFilter(raw: unknown, ctx: Context, path: Path): never {
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

function parseFilterCount(raw: Record<string, unknown>, ctx: Context): FilterSelector {
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
    const parsed = oneOrMore(raw, ctx, 'Say which images to show.', parseImage);
    const total = parsed.reduce((sum, one) => sum + (one.kind === 'indices' ? one.indices.length : 1), 0);
    if (total > MOST_INDICES) reject(ctx, tooMany(total, 'images'));
    return parsed;
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

function addRange(indices: number[], { from, to }: Range, ctx: Context, path: Path, of: string): boolean {
  const count = Math.abs(to - from) + 1;
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
    `${key} names ${count.toLocaleString('en')} ${of}; at most ${MOST_INDICES.toLocaleString('en')} can be shown.`,
});

function oneOrMore<T>(
  raw: unknown,
  ctx: Context,
  missing: string,
  parse: (entry: unknown, ctx: Context, path: Path) => T | undefined,
): readonly T[] {
  if (raw === undefined) return rejectMissing(ctx, missing);
  if (Array.isArray(raw) && raw.length === 0) {
    return reject(ctx, { what: (key) => `${key} is an empty list.`, why: missing });
  }
  if (Array.isArray(raw) && raw.length > MOST_INDICES) {
    return reject(ctx, {
      what: (key) => `${key} has more than ${MOST_INDICES.toLocaleString('en')} entries.`,
    });
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

function isGroup(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}

export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

const MOST_ROWS = 1000;

/** `7x11` or `[7, 11]`: rows x columns. */
export const gridSetting = z
  .unknown()
  .transform((raw, ctx): Grid => {
    if (raw === undefined) return rejectMissing(ctx, 'A grid is written as rows x columns, e.g. `7x11`.');
    const found = typeof raw === 'string' ? /^\s*(\d{1,6})\s*[x×]\s*(\d{1,6})\s*$/i.exec(raw) : undefined;
    const [rows, columns, ...more] = found
      ? [Number(found[1]), Number(found[2])]
      : Array.isArray(raw)
        ? raw
        : [];
    const isSide = (side: unknown): side is number =>
      Number.isInteger(side) && (side as number) >= 1 && (side as number) <= MOST_ROWS;
    if (isSide(rows) && isSide(columns) && more.length === 0) return { rows, columns };
    return reject(ctx, {
      what: (key) => `${key} cannot be ${show(raw)}.`,
      why: `A grid is written as rows x columns, e.g. \`7x11\`, each from 1 to ${MOST_ROWS}.`,
    });
  })
  .meta({
    description: 'Rows x columns of the figure, e.g. 7x11',
    anyOf: [
      { type: 'string', pattern: '^\\d+x\\d+$', examples: ['7x7'] },
      {
        type: 'array',
        items: { type: 'integer', minimum: 1, maximum: MOST_ROWS },
        minItems: 2,
        maxItems: 2,
      },
    ],
  });

export const LABEL_PLACEHOLDERS = [
  'filter',
  'image',
  'file',
  'class',
  'layer',
  'count',
  'width',
  'height',
  'channels',
] as const;

/** Text with `{placeholders}`, filled in for every panel. */
export const labelTemplate = z
  .string()
  .max(200)
  .superRefine((label, ctx) => {
    for (const [, name = ''] of label.matchAll(/\{([^{}]*)\}/g)) {
      if ((LABEL_PLACEHOLDERS as readonly string[]).includes(name)) continue;
      reject(ctx, {
        what: (key) => `${key} uses the unknown placeholder ${show(`{${name}}`)}.`,
        ...didYouMean(name, LABEL_PLACEHOLDERS),
        choices: LABEL_PLACEHOLDERS.map((placeholder) => `{${placeholder}}`),
      });
    }
  })
  .meta({
    description: `Text under each panel; ${LABEL_PLACEHOLDERS.map((name) => `{${name}}`).join(' ')} are filled in`,
    examples: ['filter: {filter}', 'image: {image}'],
  });

/** Least and greatest value of the colour scale. */
export const rangeSetting = z
  .unknown()
  .transform((raw, ctx): readonly [number, number] => {
    const [least, greatest, ...more]: readonly unknown[] = Array.isArray(raw) ? raw : [];
    const finite =
      typeof least === 'number' && typeof greatest === 'number' && Number.isFinite(greatest - least);
    if (finite && least < greatest && more.length === 0) return [least, greatest];
    return reject(ctx, {
      what: (key) => `${key} cannot be ${show(raw)}.`,
      why: 'It is written as `[least, greatest]`: two numbers, the smaller one first.',
    });
  })
  .meta({
    description: 'Colour scale from the least to the greatest value; only with `normalize: fixed`',
    type: 'array',
    items: { type: 'number' },
    minItems: 2,
    maxItems: 2,
  });

/** Keys of every technique that draws maps. Override what has another default: `{...displaySettings, label: …}`. */
export const displaySettings = {
  grid: gridSetting.optional(),
  label: labelTemplate.optional(),
  style: z
    .enum(['heatmap', 'contour'])
    .default('heatmap')
    .meta({ description: 'Coloured pixels or filled contour bands' }),
  levels: z.int().min(2).max(64).default(7).meta({ description: 'How many contour bands, about' }),
  colormap: z.enum(COLORMAP_NAMES).default('viridis').meta({ description: 'Colours from low to high' }),
  normalize: z.enum(['panel', 'layer', 'fixed']).default('panel').meta({
    description:
      'Scale each panel by itself, all panels of a layer alike, or all by `range` (left out: the range of the whole view)',
  }),
  range: rangeSetting.optional(),
  values: z.boolean().default(false).meta({ description: 'Also write the numbers, as float32 .npy files' }),
};
