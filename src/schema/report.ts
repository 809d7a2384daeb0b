import { z } from 'zod/v4';

/** Where an image or file lies: relative to report.json, forward slashes. */
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

/** What a layer does, whatever it is called. */
export const LAYER_KINDS = [
  'input',
  'convolution',
  'transposed-convolution',
  'dense',
  'activation',
  'pooling',
  'normalization',
  'shape',
  'merging',
  'identity',
  'other',
] as const;

export const layerSchema = z.strictObject({
  index: count,
  name: z.string(),
  /** Keras' class name: Conv2D, MaxPooling2D, … */
  type: z.string(),
  /** What it does: diagrams are coloured by it. A report kept in a cache may lack it. */
  kind: z.enum(LAYER_KINDS).optional(),
  /** Without the batch axis: [height, width, channels] or [units]. */
  outputShape: z.array(size),
  /** Channels of a layer whose output is a stack of maps, units of a dense one; absent where neither applies. */
  filters: size.optional(),
  parameters: count,
  /** Names of the layers whose outputs it takes; empty for the input. A report kept in a cache may lack it. */
  inputs: z.array(z.string()).optional(),
  /** Absent behind a layer that sees the whole image (flatten, global pooling) and in what follows it. */
  receptiveField: receptiveFieldSchema.optional(),
});

export const boxSchema = z.strictObject({
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
});

/** Where in an image a part of it lies: whole pixels. */
const crop = z.strictObject({ x: count, y: count, width: size, height: size });
/** Pixels of the whole image that a crop is taken from. Pages need it to scale the sprite. */
const sheet = z.strictObject({
  width: size,
  height: size,
  /** The same image in half its width and height; absent where that is not made. */
  small: src.optional(),
});

/** A file that belongs to a panel, beside its image. */
export const panelFileSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('array'),
    /** float32 .npy */
    src,
    shape: z.array(count),
  }),
  z.strictObject({
    /** How the panel came to be, first to last. */
    kind: z.literal('frames'),
    /** Animated WebP. */
    src,
    /** One image with all frames in a row. */
    strip: src,
    /** Of one frame. */
    width: size,
    height: size,
    /** Steps taken before each frame. */
    steps: z.array(count),
  }),
]);

export const PANEL_KINDS = ['map', 'composite', 'image'] as const;

export const panelSchema = z
  .strictObject({
    /** A layer's name. */
    layer: z.string().optional(),
    filter: count.optional(),
    /** An image's id. */
    image: z.string().optional(),
    label: z.string(),
    /**
     * map: one number a place, in the colours of the view's colormap. composite: three numbers a place, as red, green and blue.
     * image: an image as it is, never rescaled.
     */
    kind: z.enum(PANEL_KINDS),
    src,
    /** Pixels of the panel itself, not of the sprite it is cut from. */
    width: size,
    height: size,
    /** Where in `src` the panel lies; absent where the image is the panel. */
    crop: crop.optional(),
    /** Pixels of the whole image in `src`; there exactly where `crop` is. */
    sheet: sheet.optional(),
    range,
    /** What is odd about it: `nan`, `silent` (all values are zero), and what the technique says. */
    flags: z.array(z.string()).optional(),
    /** What the view's technique tells of it, by the schema of that technique. */
    facts: z.record(z.string(), z.unknown()).optional(),
    /** By the names that the technique gives them. */
    files: z.record(z.string(), panelFileSchema).optional(),
  })
  .refine(
    (panel) => (panel.crop === undefined) === (panel.sheet === undefined),
    'crop and sheet go together',
  );

/** Neighbouring panels, and the script with values of those that are maps: absent where none is. */
const valueGrids = z.array(z.strictObject({ count: size, src: src.optional() }));

export const viewSchema = z.strictObject({
  id: z.string(),
  technique: z.string(),
  title: z.string(),
  grid: z.strictObject({ rows: size, columns: size }),
  /** Every setting of the view, defaults included, as the experiment file would write it. */
  settings: z.record(z.string(), z.unknown()),
  /** The whole view as one printable PNG. */
  picture: z.strictObject({ src, width: size, height: size }),
  /** A few of its panels as one small WebP, for lists of views; absent where nothing is to be seen in any. */
  thumbnail: z.strictObject({ src, width: size, height: size }).optional(),
  /** The colour bar that belongs to the panels; absent where panels are photographs or RGB composites. */
  colorBar: z
    .strictObject({
      ...{ src, width: size, height: size, range },
      /** Where zero stands on the bar, 0..1 from its low end; absent where it does not, or where panels have different scales. */
      zero: z.number().optional(),
      /** The 256 colours from low to high, base64 of red, green, blue; absent where panels have other colours beside them. */
      colors: z.string().optional(),
    })
    .optional(),
  /** What the view's technique tells of all panels together, by the schema of that technique. */
  facts: z.record(z.string(), z.unknown()).optional(),
  panelCount: count,
  /** Empty where `panelFiles` is given. */
  panels: z.array(panelSchema),
  /** Where values of `panels` are, in their order: see `panelFiles` for those of large views. */
  valueGrids: valueGrids.optional(),
  /** In views of more than 1,000 panels: one JSON file (an array of panels) for each layer. */
  panelFiles: z
    .array(z.strictObject({ layer: z.string(), src, count, valueGrids: valueGrids.optional() }))
    .optional(),
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
  schemaVersion: z.literal(2),
  experiment: z.strictObject({
    id: z.string(),
    title: z.string(),
    /** The experiment file's text. */
    source: z.string(),
    /** One or two sentences for lists and link previews. */
    description: z.string().optional(),
    narrative: z.array(narrativeBlockSchema),
    /** Texts of pages of their own, in their order; absent where there are none. */
    chapters: z
      .array(
        z.strictObject({
          id: z.string(),
          title: z.string(),
          /** One or two sentences. */
          description: z.string().optional(),
          narrative: z.array(narrativeBlockSchema),
        }),
      )
      .optional(),
    /** The preview of the report for link previews: its title, its network, some of its panels. */
    cover: z.strictObject({ src, width: size, height: size }).optional(),
    /** A few of its panels as one small WebP, for lists of reports. */
    thumbnail: z.strictObject({ src, width: size, height: size }).optional(),
  }),
  model: z.strictObject({
    name: z.string(),
    /** Equal in reports of the same architecture, weights and preprocessing. A report kept in a cache may lack it. */
    network: z.string().optional(),
    format: z.string(),
    /** [height, width, channels] */
    inputShape: z.tuple([size, size, size]),
    parameters: count,
    weightsSha256: z.string(),
    /** What the units of the last layer stand for, where that is known. */
    classes: z.array(z.string()).optional(),
    layers: z.array(layerSchema),
  }),
  images: z.array(
    z.strictObject({
      id: z.string(),
      file: z.string(),
      /** What pages call it. A report kept in a cache may lack it. */
      name: z.string().optional(),
      class: z.string().optional(),
      /** Pixels of the image as the network sees it. */
      width: size,
      height: size,
      src,
    }),
  ),
  skipped: z.array(z.strictObject({ file: z.string(), reason: z.string() })),
  /** What a reader must know before trusting the numbers: NaN in weights and the like. */
  warnings: z.array(z.string()),
  views: z.array(viewSchema),
  /** Views that could not be made, because the code of their technique failed; absent where there are none. */
  failedViews: z
    .array(z.strictObject({ id: z.string(), title: z.string(), technique: z.string(), reason: z.string() }))
    .optional(),
  provenance: z.strictObject({
    version: z.string(),
    backend: z.strictObject({ name: z.string(), device: z.string(), version: z.string() }),
    node: z.string(),
    seed: z.number(),
    /** Jobs that the report is made of, computed or cached. */
    units: count,
  }),
});

const galleryEntry = {
  id: z.string(),
  title: z.string(),
  /** Heading that the report stands under. */
  group: z.string().optional(),
};

/** Folders of the gallery that no report may have. */
export const RESERVED_FOLDERS: readonly string[] = ['assets', 'compare', 'glossary', 'search'];

/** What the gallery as a whole is made of, in the order in which it is shown; read by the site only. */
export const gallerySchema = z.strictObject({
  schemaVersion: z.literal(1),
  experiments: z.array(
    z.discriminatedUnion('status', [
      z.strictObject({ status: z.literal('ready'), ...galleryEntry }),
      z.strictObject({
        status: z.literal('skipped'),
        ...galleryEntry,
        description: z.string().optional(),
        /** Why, and how to get what is missing: plain text, paragraphs parted by newlines. */
        notice: z.string(),
        source: z.string(),
      }),
    ]),
  ),
});

export type ReceptiveField = z.infer<typeof receptiveFieldSchema>;
export type Box = z.infer<typeof boxSchema>;
export type LayerKind = (typeof LAYER_KINDS)[number];
export type LayerInfo = z.infer<typeof layerSchema>;
export type Panel = z.infer<typeof panelSchema>;
export type PanelKind = Panel['kind'];
export type PanelFile = z.infer<typeof panelFileSchema>;
export type Frames = Extract<PanelFile, { kind: 'frames' }>;
export type View = z.infer<typeof viewSchema>;
export type NarrativeBlock = z.infer<typeof narrativeBlockSchema>;
export type Cover = NonNullable<Report['experiment']['cover']>;
export type Chapter = NonNullable<Report['experiment']['chapters']>[number];
export type Report = z.infer<typeof reportSchema>;
export type Gallery = z.infer<typeof gallerySchema>;
