import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { readImageFile } from '../image/read.ts';
import type { ImagePixels } from '../model/model.ts';
import { openModel } from '../model/open.ts';
import type { ModelSource } from '../model/open.ts';
import type { JobSource } from '../pipeline/compute/compute-jobs.ts';
import type { ModelRequest } from '../pipeline/compute/protocol.ts';
import { drawingKey, drawnFile } from '../pipeline/plan/drawings.ts';
import { decodeFitted, imageKey } from '../pipeline/plan/fitting.ts';
import { jobKey } from '../pipeline/plan/plan.ts';
import type { PlannedJob } from '../pipeline/plan/plan.ts';
import type { Drawing } from '../schema/generated.ts';
import type { ModelSpec } from '../schema/experiment.ts';
import { fetchInput, LostInputError } from '../store/shared/inputs.ts';
import type { Objects } from '../store/shared/objects.ts';
import { copyInto, fileNotesIn } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { techniques } from '../techniques/registry.ts';
import { fromRanges, RefusedError } from './batch-message.ts';
import { briefSchema } from './brief-schema.ts';
import type { Brief, BriefModel } from './brief-schema.ts';

/** An experiment as a worker has it. */
export interface WorkSource extends JobSource {
  readonly brief: Brief;
  readonly model: ModelRequest;
  readonly weightsSha256: string;
  readonly layers: ModelSource['layers'];
  /**
   * Jobs at positions in the brief.
   * @throws RefusedError where their keys are not those of what this process would compute
   */
  jobsAt(positions: readonly number[]): readonly PlannedJob[];
}

export interface ReadRequest {
  readonly store: Store;
  readonly objects: Objects;
  /** Absolute path of a folder for the files of models and images; this process' own. */
  readonly folder: string;
  /** The backend's. */
  readonly family: string;
  readonly signal: AbortSignal;
}

/** Of a brief, unpacked. */
const MOST_BYTES = 2 ** 29;

/**
 * @param name of the brief among the assets
 * @throws LostInputError, RefusedError
 */
export async function readBrief(name: string, request: ReadRequest): Promise<WorkSource> {
  const { store, folder, signal, family } = request;
  const bytes = await store.readAsset(name);
  if (!bytes) {
    throw new LostInputError({
      what: `The store has no brief \`${name}\`.`,
      hint: 'Give the build and its workers the same `--store`.',
    });
  }
  const brief = await parse(bytes);
  const cacheDir = join(
    folder,
    createHash('sha256').update(JSON.stringify(brief.files)).digest('hex').slice(0, 24),
  );
  for (const { at, sha256 } of brief.files) {
    const path = join(cacheDir, at);
    if (!existsSync(path)) await copyInto(await inputPath(sha256, request), path);
  }
  const spec = modelSpec(brief.model, cacheDir);
  const { seed } = brief;
  const notes = fileNotesIn(store);
  const source = await openModel(spec, { cacheDir, seed, signal, notes, place: () => ({ file: 'model' }) });
  if (source.weightsSha256 !== brief.weightsSha256) {
    throw new RefusedError(
      `The model of \`${brief.experiment}\` has other weights than its build planned with: expected ${brief.weightsSha256}, got ${source.weightsSha256}.`,
    );
  }
  return {
    ...{
      brief,
      source,
      model: { spec, seed, identity: source.identity, cacheDir, notesDir: store.folder },
      weightsSha256: source.weightsSha256,
      layers: source.layers,
    },
    experiment: { seed },
    images: imagesOf(brief, request),
    jobsAt: (positions) => positions.map((position) => jobAt(brief, position, source, family)),
  };
}

async function parse(bytes: Buffer): Promise<Brief> {
  try {
    const text = await promisify(gunzip)(bytes, { maxOutputLength: MOST_BYTES });
    return briefSchema.parse(JSON.parse(text.toString('utf8')));
  } catch (error) {
    throw new RefusedError(
      `The brief is none: ${error instanceof Error ? error.message.slice(0, 500) : 'not JSON'}`,
    );
  }
}

/** A local copy of an input, of which every byte was checked when it came. */
async function inputPath(sha256: string, { objects, folder }: ReadRequest): Promise<string> {
  const path = join(folder, 'inputs', sha256);
  if (!existsSync(path)) await fetchInput(objects, sha256, path);
  return path;
}

function modelSpec({ source, weights, ...rest }: BriefModel, folder: string): ModelSpec {
  return {
    ...(rest as Omit<ModelSpec, 'source' | 'weights'>),
    source: source.kind === 'file' ? { kind: 'file', path: join(folder, source.path) } : source,
    ...(weights === undefined
      ? {}
      : {
          weights:
            typeof weights === 'object' && 'path' in weights && !('registry' in weights)
              ? join(folder, weights.path)
              : weights,
        }),
  };
}

function jobAt(brief: Brief, position: number, source: ModelSource, family: string): PlannedJob {
  const said = brief.jobs[position];
  if (!said) throw new RefusedError(`The brief of \`${brief.experiment}\` has no job ${position}.`);
  const { layers, images, ...rest } = said;
  const job = {
    ...rest,
    layers: fromRanges(layers, source.layers.length),
    images: fromRanges(images, brief.images.length),
  };
  if (!techniques.has(job.technique)) throw new RefusedError(`There is no technique \`${job.technique}\`.`);
  const known =
    job.layers.every((layer) => layer < source.layers.length) &&
    job.images.every((image) => image < brief.images.length);
  const { key, ...unnamed } = job;
  if (!known || jobKey(unnamed, source, { images: brief.images }, family) !== key) {
    throw new RefusedError(
      `The key of \`${job.view}: ${job.label}\` is not that of what this worker would compute: model, images, technique or backend differ from the build's.`,
    );
  }
  return job;
}

function imagesOf(brief: Brief, request: ReadRequest): JobSource['images'] {
  const { fitting, images } = brief;
  return {
    images,
    async pixels(index): Promise<ImagePixels> {
      const { key, sha256, drawing, tile } = images[index] ?? {};
      if (!fitting || (sha256 === undefined && !drawing))
        throw new RefusedError(`The brief has no image ${index}.`);
      const bytes = drawing
        ? await drawnFile(drawing as Drawing, request.store)
        : await readImageFile(await inputPath(sha256!, request));
      const content = drawing
        ? drawingKey(drawing as Drawing)
        : createHash('sha256').update(bytes).digest('hex');
      if (imageKey({ content, isDrawn: drawing !== undefined, tile }, fitting) !== key) {
        throw new RefusedError(`Image ${index} has other bytes than the build planned with.`);
      }
      return decodeFitted(bytes, fitting, tile);
    },
  };
}
