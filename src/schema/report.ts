import { z } from 'zod/v4';

/** Where a picture or file lies: relative to report.json, forward slashes. */
const src = z.string().min(1);
const size = z.int().positive();
const count = z.int().nonnegative();
/** Least and greatest value before display scaling; `null` where nothing was finite. */
const range = z.tuple([z.number().nullable(), z.number().nullable()]);
const pair = z.tuple([z.number(), z.number()]);

export const receptiveFieldSchema = z.strictObject({
  /** Height and width in input pixels. */
  size: pair,
  /** Input pixels between the fields of neighbouring units. */
  stride: pair,
  /** Input y and x of the first unit's field; negative where it hangs over the border. */
  offset: pair,
});

export const layerSchema = z.strictObject({
  index: count,
  name: z.string(),
  /** Keras' class name: Conv2D, MaxPooling2D, … */
  type: z.string(),
  /** Without the batch axis: [height, width, channels] or [units]. */
  outputShape: z.array(size),
  /** Channels of a layer whose output is a stack of maps, units of a dense one; absent where neither applies. */
  filters: size.optional(),
  parameters: count,
  /** Absent behind a layer that sees the whole picture (flatten, global pooling) and in what follows it. */
  receptiveField: receptiveFieldSchema.optional(),
});

export const boxSchema = z.strictObject({
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
});

export const patchSchema = z.strictObject({
  image: z.string(),
  box: boxSchema,
  activation: z.number(),
  src,
  projection: src.optional(),
  values: src.optional(),
});

export const panelSchema = z
  .strictObject({
    /** A layer's name. */
    layer: z.string().optional(),
    filter: count.optional(),
    /** An image's id. */
    image: z.string().optional(),
    label: z.string(),
    src,
    /** Pixels of the panel itself, not of the sprite it is cut from. */
    width: size,
    height: size,
    /** Where in `src` the panel lies; absent where the picture is the panel. */
    crop: z.strictObject({ x: count, y: count, width: size, height: size }).optional(),
    /** Pixels of the whole picture in `src`; there exactly where `crop` is. Pages need it to scale the sprite. */
    sheet: z.strictObject({ width: size, height: size }).optional(),
    range,
    score: z.number().optional(),
    curve: z.array(z.number()).optional(),
    flags: z.array(z.string()).optional(),
    values: src.optional(),
    patches: z.array(patchSchema).optional(),
  })
  .refine(
    (panel) => (panel.crop === undefined) === (panel.sheet === undefined),
    'crop and sheet go together',
  );

export const viewSchema = z.strictObject({
  id: z.string(),
  technique: z.string(),
  title: z.string(),
  grid: z.strictObject({ rows: size, columns: size }),
  /** Every setting of the view, defaults included, as the experiment file would write it. */
  settings: z.record(z.string(), z.unknown()),
  /** The whole view as one printable PNG. */
  picture: z.strictObject({ src, width: size, height: size }),
  /** The colour bar that belongs to the panels; absent where panels are photographs or RGB composites. */
  colorBar: z.strictObject({ src, width: size, height: size, range }).optional(),
  panelCount: count,
  /** Empty where `panelFiles` is given. */
  panels: z.array(panelSchema),
  /** In views of more than 1,000 panels: one JSON file (an array of panels) for each layer. */
  panelFiles: z.array(z.strictObject({ layer: z.string(), src, count })).optional(),
  values: z
    .array(z.strictObject({ layer: z.string(), image: z.string().optional(), filters: z.array(count), src }))
    .optional(),
});

/** A report's text: safe HTML made from Markdown, with the places where a figure stands. */
export const narrativeBlockSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('html'), html: z.string() }),
  z.strictObject({ kind: z.literal('figure'), view: z.string(), caption: z.string() }),
]);

export const reportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  experiment: z.strictObject({
    id: z.string(),
    title: z.string(),
    /** The experiment file's text. */
    source: z.string(),
    /** One or two sentences for lists and link previews. */
    description: z.string().optional(),
    narrative: z.array(narrativeBlockSchema),
  }),
  model: z.strictObject({
    name: z.string(),
    format: z.string(),
    /** [height, width, channels] */
    inputShape: z.tuple([size, size, size]),
    parameters: count,
    weightsSha256: z.string(),
    layers: z.array(layerSchema),
  }),
  images: z.array(
    z.strictObject({
      id: z.string(),
      file: z.string(),
      class: z.string().optional(),
      /** Pixels of the picture as the network sees it. */
      width: size,
      height: size,
      src,
    }),
  ),
  skipped: z.array(z.strictObject({ file: z.string(), reason: z.string() })),
  /** What a reader must know before trusting the numbers: NaN in weights and the like. */
  warnings: z.array(z.string()),
  views: z.array(viewSchema),
  provenance: z.strictObject({
    version: z.string(),
    backend: z.strictObject({ name: z.string(), device: z.string(), version: z.string() }),
    node: z.string(),
    seed: z.number(),
    /** Units of work the report is made of, whether computed now or before. */
    units: count,
  }),
});

/** What the gallery as a whole is made of; read by the site only. */
export const gallerySchema = z.strictObject({
  schemaVersion: z.literal(1),
  experiments: z.array(
    z.discriminatedUnion('status', [
      z.strictObject({ status: z.literal('ready'), id: z.string(), title: z.string() }),
      z.strictObject({
        status: z.literal('skipped'),
        id: z.string(),
        title: z.string(),
        description: z.string().optional(),
        /** Why, and how to get what is missing: plain text, paragraphs parted by newlines. */
        notice: z.string(),
        source: z.string(),
      }),
    ]),
  ),
});

export type ReceptiveField = z.infer<typeof receptiveFieldSchema>;
export type LayerInfo = z.infer<typeof layerSchema>;
export type Panel = z.infer<typeof panelSchema>;
export type View = z.infer<typeof viewSchema>;
export type NarrativeBlock = z.infer<typeof narrativeBlockSchema>;
export type Report = z.infer<typeof reportSchema>;
export type Gallery = z.infer<typeof gallerySchema>;
