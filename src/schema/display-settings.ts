/** The settings by which any technique that draws maps says how they look. */
import { z } from 'zod/v4';
import { colormaps } from './colormaps.ts';
import { reject, rejectMissing } from './issue.ts';
import { didYouMean, nearestFirst, show } from './words.ts';

export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

const MOST_ROWS = 1000;

/** `7x11` or `[7, 11]`: rows x columns. */
export const gridSetting = z
  .unknown()
  .transform((raw, ctx): Grid => {
    if (raw === undefined)
      return rejectMissing(ctx, 'A grid is written as rows x columns, e.g. `7x11`.') ?? z.NEVER;
    const found = typeof raw === 'string' ? /^\s*(\d{1,6})\s*[x×]\s*(\d{1,6})\s*$/i.exec(raw) : undefined;
    const [rows, columns, ...more] = found
      ? [Number(found[1]), Number(found[2])]
      : Array.isArray(raw)
        ? raw
        : [];
    const isSide = (side: unknown): side is number =>
      Number.isInteger(side) && (side as number) >= 1 && (side as number) <= MOST_ROWS;
    if (isSide(rows) && isSide(columns) && more.length === 0) return { rows, columns };
    return (
      reject(ctx, {
        what: (key) => `${key} cannot be ${show(raw)}.`,
        why: `A grid is written as rows x columns, e.g. \`7x11\`, each from 1 to ${MOST_ROWS}.`,
      }) ?? z.NEVER
    );
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
  'name',
  'file',
  'class',
  'layer',
  'count',
  'width',
  'height',
  'channels',
] as const;

/** Text with `{placeholders}`, filled in for every panel. @param own placeholders of one technique, beside those of all */
export function labelWith(...own: readonly string[]) {
  const known: readonly string[] = [...own, ...LABEL_PLACEHOLDERS];
  return z
    .string()
    .max(200, { abort: true })
    .superRefine((label, ctx) => {
      for (const [, name = ''] of label.matchAll(/\{([^{}]*)\}/g)) {
        if (known.includes(name)) continue;
        reject(ctx, {
          what: (key) => `${key} uses the unknown placeholder ${show(`{${name}}`)}.`,
          ...didYouMean(name, known),
          choices: known.map((placeholder) => `{${placeholder}}`),
        });
      }
    })
    .meta({
      description: `Text under each panel; ${known.map((name) => `{${name}}`).join(' ')} are filled in`,
      examples: own.length > 0 ? own.map((name) => `{${name}}`) : ['filter: {filter}', 'image: {image}'],
    });
}

export const labelTemplate = labelWith();

/** Least and greatest value of the colour scale. */
export const rangeSetting = z
  .unknown()
  .transform((raw, ctx): readonly [number, number] => {
    const [least, greatest, ...more]: readonly unknown[] = Array.isArray(raw) ? raw : [];
    const finite =
      typeof least === 'number' && typeof greatest === 'number' && Number.isFinite(greatest - least);
    if (finite && least < greatest && more.length === 0) return [least, greatest];
    return (
      reject(ctx, {
        what: (key) => `${key} cannot be ${show(raw)}.`,
        why: 'It is written as `[least, greatest]`: two numbers, the smaller one first.',
      }) ?? z.NEVER
    );
  })
  .meta({
    description: 'Colour scale from the least to the greatest value; only with `normalize: fixed`',
    type: 'array',
    items: { type: 'number' },
    minItems: 2,
    maxItems: 2,
  });

/** A project's own colormaps are names too, so they are looked up when an experiment is read. */
export const colormapSetting = z
  .string()
  .superRefine((name, ctx) => {
    if (colormaps.has(name)) return;
    reject(ctx, {
      what: (key) => `${key} cannot be ${show(name)}.`,
      ...didYouMean(name, colormaps.names),
      choices: nearestFirst(name, colormaps.names),
    });
  })
  .meta({ description: 'Colours from low to high', enum: colormaps.names });

/** Keys of techniques whose maps are of images. */
export const overlaySettings = {
  overlay: z.enum(['none', 'image']).default('none').meta({
    description: 'image: lay each map over its image, every value at the middle of its receptive field',
  }),
  opacity: z.number().min(0).max(1).optional().meta({
    description: 'Of the map on its image, from 0 to 1; 0.5 if left out; only with `overlay`',
  }),
  fade: z.boolean().optional().meta({
    description: 'Values near zero let the image show through; only with `overlay`',
  }),
  magnitude: z
    .boolean()
    .default(false)
    .meta({ description: 'Colour by the distance of values from zero, whatever their sign' }),
};

interface OverlaySettings {
  readonly overlay?: 'none' | 'image';
  readonly opacity?: number | undefined;
  readonly fade?: boolean | undefined;
}

/** What `opacity` and `fade` are where they are left out, for `resolved`. */
export const overlayDefaults = ({ overlay, opacity = 0.5, fade = false }: OverlaySettings) =>
  overlay === 'image' ? { opacity, fade } : {};

/** Settings that say nothing without `overlay: image`. */
export const OF_OVERLAYS = ['opacity', 'fade'] as const;

/** Keys of every technique that draws maps. Override what has another default: `{...displaySettings, label: …}`. */
export const displaySettings = {
  grid: gridSetting.optional(),
  label: labelTemplate.optional(),
  style: z
    .enum(['heatmap', 'contour'])
    .default('heatmap')
    .meta({ description: 'Coloured pixels or filled contour bands' }),
  levels: z.int().min(2).max(64).default(7).meta({ description: 'Approximate number of contour bands' }),
  colormap: colormapSetting.default('viridis'),
  normalize: z.enum(['panel', 'layer', 'fixed']).default('panel').meta({
    description:
      'One scale per panel, per layer, or for all panels by `range` (by default the range of the whole view)',
  }),
  range: rangeSetting.optional(),
  values: z.boolean().default(false).meta({ description: 'Also write the numbers, as float32 .npy files' }),
};
