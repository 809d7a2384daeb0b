import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import pLimit from 'p-limit';
import { UserError } from '../errors.ts';
import { sumsOfFile } from '../file-notes.ts';
import type { ExperimentPlan, PlannedJob } from '../pipeline/plan/plan.ts';
import type { ModelSpec } from '../schema/experiment.ts';
import { sendInput } from '../store/shared/inputs.ts';
import type { Objects } from '../store/shared/objects.ts';
import { fileNotesIn } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { isConfined } from './brief-schema.ts';
import type { Brief, BriefModel } from './brief-schema.ts';
import { toRanges } from './batch-message.ts';

const FILES_AT_ONCE = 8;

export interface BriefRequest {
  readonly plan: ExperimentPlan;
  readonly jobs: readonly PlannedJob[];
  readonly store: Store;
  readonly objects: Objects;
  /** Absolute path of the cache folder, where downloaded weights are. */
  readonly cache: string;
}

/**
 * Sends what workers need for jobs of an experiment: the files of its model, images, and the brief.
 * @returns the brief's name among the assets
 */
export async function sendBrief({ plan, jobs, store, objects, cache }: BriefRequest): Promise<string> {
  const notes = fileNotesIn(store);
  const someAtOnce = pLimit(FILES_AT_ONCE);
  const places = filePlaces(plan, cache);
  const files = await Promise.all(
    [...places].map(([path, at]) =>
      someAtOnce(async () => {
        const { sha256 } = await sumsOfFile(path, notes);
        await sendInput(objects, path, sha256);
        return { at, sha256 };
      }),
    ),
  );
  const looked = new Set(jobs.flatMap((job) => job.images));
  const sent = new Map<string, Promise<void>>();
  const images = plan.images.images.map(({ index, key, content, source }) => {
    const { path, drawing, tile } = source;
    if (!looked.has(index)) return { key };
    if (path !== undefined && !sent.has(content)) {
      sent.set(
        content,
        someAtOnce(() => sendInput(objects, path, content)),
      );
    }
    return {
      key,
      ...(drawing ? { drawing: { ...drawing, size: pair(drawing.size) } } : { sha256: content }),
      ...(tile ? { tile } : {}),
    };
  });
  await Promise.all(sent.values());
  const { experiment, source } = plan;
  const brief: Brief = {
    ...{ experiment: experiment.id, seed: experiment.seed },
    model: briefModel(experiment.model, places),
    ...{ weightsSha256: source.weightsSha256, files, images },
    ...(plan.images.fitting ? { fitting: plan.images.fitting } : {}),
    jobs: jobs.map(
      ({ key, label, view, technique, group, layers, images: looks, payload, panels, maxSide }) => ({
        ...{ key, label, view, technique, group, payload: { ...payload }, panels, maxSide },
        ...{ layers: toRanges(layers), images: toRanges(looks) },
      }),
    ),
  };
  const bytes = await promisify(gzip)(JSON.stringify(brief), { level: 6 });
  return store.putAsset(bytes, 'gz');
}

const pair = ([height, width]: readonly [number, number]): [number, number] => [height, width];

/** Where a worker puts each file of the model: downloaded weights as in a cache, others with the files beside them. */
function filePlaces({ experiment, source }: ExperimentPlan, cache: string): Map<string, string> {
  const { model } = experiment;
  const weights = join(cache, 'weights');
  const roots = [
    ...(model.source.kind === 'file' ? [model.source.path] : []),
    ...(typeof model.weights === 'string' && model.weights !== 'random' ? [model.weights] : []),
  ].map((path) => dirname(path));
  const places = new Map<string, string>();
  for (const path of source.files) {
    const downloaded = below(weights, path);
    const root = roots.findIndex((folder) => below(folder, path) !== undefined);
    const at =
      downloaded !== undefined && root < 0
        ? `weights/${downloaded}`
        : `files/${root}/${root < 0 ? basename(path) : below(roots[root]!, path)!}`;
    if (!isConfined(at)) {
      throw new UserError({
        what: `\`${path}\` has a name that cannot be sent to workers.`,
        hint: 'Use names of at most 100 characters without `\\ : * ? " < > |`.',
      });
    }
    places.set(path, at);
  }
  return places;
}

/** With forward slashes; undefined where the path is not in the folder. */
function below(folder: string, path: string): string | undefined {
  const found = relative(folder, path);
  return found === '' || found.startsWith('..') || isAbsolute(found) ? undefined : found.split(sep).join('/');
}

function briefModel(spec: ModelSpec, places: ReadonlyMap<string, string>): BriefModel {
  // Classes name units in pages, and change no number.
  const { source, weights, classes: _, input, ...rest } = spec;
  const at = (path: string): string => places.get(path)!;
  return {
    ...rest,
    ...(input ? { input: pair(input) } : {}),
    source:
      source.kind === 'file'
        ? { kind: 'file', path: at(source.path) }
        : source.kind === 'inline'
          ? {
              kind: 'inline',
              layers: source.layers.map((layer) => ({ ...layer, config: { ...layer.config } })),
            }
          : source,
    ...(weights === undefined
      ? {}
      : {
          weights:
            typeof weights === 'string' && weights !== 'random'
              ? { path: at(weights) }
              : (weights as BriefModel['weights'])!,
        }),
  };
}
