import { z } from 'zod/v4';
import { gridSetting, imageSelectors, labelWith } from '../schema/selectors.ts';
import { measure } from './maps.ts';
import { classMapping, matchFolders } from './expected-classes.ts';
import { predictionFacts, summaryFacts } from './predictions/facts.ts';
import type { PredictionFacts } from './predictions/facts.ts';
import { judge } from './predictions/judge.ts';
import type { Judging } from './predictions/judge.ts';
import {
  checkLimits,
  headOf,
  kindOf,
  limitsOf,
  namesByFolder,
  PROBABILITIES,
  probabilitiesOf,
  twoNames,
} from './predictions/outputs.ts';
import { summarize } from './predictions/summarize.ts';
import { nameClasses, describePrediction } from './predictions/words.ts';
import type { ComputedPanel, Display, JobSpec, Technique } from './technique.ts';

const share = z.number().min(0).max(1).optional();

const settings = z.strictObject({
  images: imageSelectors.prefault('all'),
  top: z.int().min(1).max(100).default(5).meta({ description: 'Number of classes to state for each image' }),
  classes: classMapping.optional(),
  probabilities: z.enum(PROBABILITIES).optional().meta({
    description:
      'What turns logits into probabilities, for networks that end in logits: softmax, one class out of several; sigmoid, each class by itself; none, outputs are scores. By default the last activation of the network, else softmax, or none with a single output',
  }),
  confident: share.meta({
    description: 'Probability from which a prediction counts as confident; 0.9 if left out',
  }),
  unsure: share.meta({
    description:
      'Probability below which a prediction counts as unsure; 0.5 if left out, 0.75 with two classes',
  }),
  threshold: share.meta({
    description: 'Probability from which a class is predicted, where each class has its own; 0.5 if left out',
  }),
  tile: z
    .int()
    .min(16)
    .max(512)
    .default(128)
    .meta({ description: 'Longest side in pixels of a stored image; larger ones are averaged down' }),
  grid: gridSetting.optional(),
  label: labelWith('prediction').default('{prediction}'),
});

interface Payload extends Judging, Record<string, unknown> {
  /** The network's own activation stands behind the logits. */
  readonly bare: boolean;
  /** Of `binary`, where they are known: what its two classes are. */
  readonly names?: readonly string[];
}

/** What the network takes each image for, and whether that is right. */
export const predictions: Technique<typeof settings> = {
  name: 'predictions',
  version: 1,
  description: 'The classes that a classifier predicts for each image, against the class of its folder.',
  settings,
  defaultId: () => 'predictions',
  defaultTitle: () => 'Predictions',
  facts: {
    schema: predictionFacts,
    report: nameClasses,
    label: (facts) => ({ prediction: describePrediction(facts as unknown as PredictionFacts) }),
    view: { schema: summaryFacts, of: summarize },
  },

  plan(view, context) {
    const settings = view.settings;
    const { grid, label, tile } = settings;
    const display: Display = {
      ...{ style: 'heatmap', levels: 7, colormap: 'grey', normalize: 'panel' },
      ...{ label, grid },
    };
    const images = context.resolveImages(settings.images, 'images');
    const head = headOf(context);
    if (!head) return { jobs: [], display };
    const probabilities = probabilitiesOf(settings, head, context);
    const kind = kindOf(probabilities, head.units);
    checkLimits(settings, kind, context);
    const names = kind === 'binary' ? twoNames(context.classes) : context.classes;
    const count = kind === 'binary' ? 2 : head.units;
    const folders = [...new Set(images.flatMap((image) => image.class ?? []))];
    const expected = matchFolders(folders, settings.classes ?? {}, { count, names }, context.problem);
    const limits = limitsOf(settings, count);
    const binaryNames = kind === 'binary' ? namesByFolder(expected, names) : undefined;
    const jobs = images.map((image): JobSpec => {
      const payload: Payload = {
        ...{ kind, bare: head.activation !== undefined, top: settings.top, ...limits },
        expected: (image.class === undefined ? undefined : expected.get(image.class)) ?? [],
        ...(binaryNames ? { names: binaryNames } : {}),
      };
      return {
        ...{ label: image.file, group: 'images', layers: [head.layer], images: [image.index] },
        ...{ payload, panels: 1, maxSide: tile },
      };
    });
    const { confident, unsure, threshold } = limits;
    return {
      jobs,
      display,
      resolved: {
        probabilities,
        ...(kind === 'scores' ? {} : { confident }),
        ...(kind === 'single-label' || kind === 'binary' ? { unsure } : {}),
        ...(kind === 'multi-label' ? { threshold } : {}),
      },
    };
  },

  async *compute(jobs, context) {
    // Loaded here: planning needs no TensorFlow.js.
    const { readLogits } = await import('./predictions/read-logits.ts');
    const [first] = jobs;
    const { bare } = first!.payload as Payload;
    const byImage = new Map<number, number[]>();
    for (const [index, { images }] of jobs.entries()) {
      byImage.set(images[0]!, [...(byImage.get(images[0]!) ?? []), index]);
    }
    for await (const found of readLogits(context, first!.layers[0]!, bare, [...byImage.keys()])) {
      const { height, width, channels } = found.pixels;
      const data = Float32Array.from(found.pixels.data);
      for (const job of byImage.get(found.image)!) {
        const { names, ...judging } = jobs[job]!.payload as Payload;
        const facts = judge(found.logits, judging);
        const panel: ComputedPanel = {
          ...{ kind: 'image', image: 0, height, width, channels, data },
          range: measure(data).range,
          ...(facts.predictions.length === 0 ? { flags: ['nan'] } : {}),
          facts: { ...facts, ...(names ? { names } : {}) },
        };
        yield { job, panels: [panel] };
      }
    }
  },
};
