import { join } from 'node:path';
import type { Place } from '../errors.ts';
import { UserError } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import type { ModelSpec, PackagedFile } from '../schema/experiment.ts';
import { formatOf, modelFormats } from './formats/table.ts';
import type { WeightFile } from './formats/format.ts';
import { neededWeights } from './formats/weight-assignment.ts';
import type { Needs } from './formats/weight-assignment.ts';
import type { GraphLayer } from './graph.ts';
import { areLarge, foundInFiles, sumsOfFile } from '../file-notes.ts';
import { hashJson } from '../hash.ts';
import type { TakeWeights, Weights } from './network.ts';
import type { Architecture, OpenContext } from './open-architecture.ts';
import { expectFile } from './open-architecture.ts';
import { packagedPath, packagedWeights } from './packaged-weights.ts';
import { displayPath } from '../paths.ts';
import { kept } from './reading/kept.ts';
import { readFile } from './reading/read-file.ts';
import type { CheckedWeights, ModelFileName } from './reading/requests.ts';
import type { ModuleNames } from './state-dict/modules.ts';
import { moduleNames } from './state-dict/modules.ts';
import { cachedWeights, weightsPath } from './weights.ts';

interface WeightSums {
  /** Hex, of the file or of the sums of all files; rejects where it is not the one that was expected. */
  readonly sha256: Promise<string>;
  /** The same of the files as they are when it is called; those that are unchanged are not read again. */
  sumAgain(): Promise<string>;
}

export interface StoredWeights extends WeightSums {
  /** Absolute paths of the files that are not part of this program. */
  readonly paths: readonly string[];
  /** @param take as of `ModelSource.loadWeights` */
  load(take?: TakeWeights): Promise<Weights>;
}

/**
 * Finds a model's weights and checks that they fit; undefined where they are to be random. Of weights that are loaded next, the sums are
 * still being taken: loading waits for them, and says what is wrong with the weights.
 */
export async function openWeights(
  spec: ModelSpec,
  architecture: Architecture,
  graph: readonly GraphLayer[],
  context: OpenContext,
): Promise<StoredWeights | undefined> {
  const { file, paths, zoo } = architecture;
  if (spec.weights === 'random') return undefined;
  if (typeof spec.weights === 'object') {
    return 'bundled' in spec.weights
      ? bundledWeights(spec.weights.bundled, architecture, graph, context)
      : packaged(spec.weights, context.place('weights'), architecture, graph, context);
  }
  if (spec.weights !== undefined) {
    const path = spec.weights;
    await expectFile(path, context.files, context.place('weights'), 'weight file');
    const inside: Place = { file: displayPath(path) };
    expectEnding(inside.file, context.place('weights'));
    const fitting = fittingWeights(path, inside, architecture, graph, context);
    return identified(sumsOfPaths([path], context), fitting, context);
  }
  if (file && paths) {
    const load = loading({ do: 'load model', file }, context);
    const checking = checkedPaths({ do: 'check model', file }, context);
    return identified(
      sumsOfPaths(paths, context),
      checking.then(() => ({ paths, load })),
      context,
    );
  }
  if (zoo?.bundledDefault !== undefined) {
    return bundledWeights(zoo.bundledDefault, architecture, graph, context);
  }
  const own = zoo?.weights?.({ includeTop: spec.includeTop });
  if (!zoo || !own) return undefined;
  const place = context.place('zoo');
  if ('packaged' in own) return packaged(own.packaged, place, architecture, graph, context);
  const path = weightsPath(own, context.cacheDir);
  const sums = summing(
    async () =>
      (await cachedWeights(zoo, own, spec.includeTop, context.cacheDir, place, context.notes)).sha256,
  );
  if (!context.loadsNext) await sums.sha256;
  const fitting = fittingWeights(path, { file: displayPath(path) }, architecture, graph, context);
  return identified(sums, fitting, context);
}

/** Weights that are being checked, with the sum that is taken meanwhile. */
async function identified(
  sums: WeightSums,
  checking: Promise<Pick<StoredWeights, 'paths' | 'load'>>,
  { loadsNext }: OpenContext,
): Promise<StoredWeights> {
  if (!loadsNext) {
    const [{ paths, load }] = await Promise.all([checking, sums.sha256]);
    return { ...sums, paths, load };
  }
  // Whoever loads the weights hears of it.
  sums.sha256.catch(() => {});
  const { paths, load } = await checking;
  return {
    ...{ ...sums, paths },
    async load(take) {
      const [loaded, found] = await Promise.allSettled([load(take), sums.sha256]);
      // A file that is not the one that was expected may have anything wrong with it.
      if (found.status === 'rejected') throw found.reason;
      if (loaded.status === 'rejected') throw loaded.reason;
      return loaded.value;
    },
  };
}

/** Begins to take a sum. */
const summing = (take: () => Promise<string>): WeightSums => ({ sha256: take(), sumAgain: take });

/** Weights in a package, whose SHA-256 is known before they are here. */
async function packaged(
  file: PackagedFile,
  place: Place,
  architecture: Architecture,
  graph: readonly GraphLayer[],
  context: OpenContext,
): Promise<StoredWeights> {
  const { sha256 } = file;
  expectEnding(file.path, place);
  const find = (): Promise<string | undefined> => packagedWeights(file, context, place);
  const finding = find();
  const isThere = context.loadsNext && !context.fetchPackaged;
  const path = isThere ? packagedPath(file, context.cacheDir) : await finding;
  if (path === undefined) {
    const load = (): Promise<Weights> => Promise.reject(new Error(`${file.path} was not fetched`));
    return { ...summing(() => Promise.resolve(sha256)), paths: [], load };
  }
  const fitting = fittingWeights(path, { file: displayPath(path) }, architecture, graph, context);
  const sums = { sha256: finding.then(() => sha256), sumAgain: () => find().then(() => sha256) };
  return identified(sums, fitting, context);
}

/** Weights that come with the program, by their name. */
async function bundledWeights(
  name: string,
  { zoo, tree }: Architecture,
  graph: readonly GraphLayer[],
  context: OpenContext,
): Promise<StoredWeights> {
  const { place, files } = context;
  const known = zoo?.bundled ?? {};
  if (!Object.hasOwn(known, name)) {
    throw new UserError({
      what: `There are no weights \`${name}\` of ${zoo ? `\`${zoo.name}\`` : 'this network'}.`,
      place: place('weights'),
      hint: 'Name a weight file with its ending: `weights: path/to/name.weights.h5`.',
      choices: [...Object.keys(known), 'random'],
    });
  }
  const path = join(packageRoot, known[name]!.model);
  if ((await files.stat(path))?.kind !== 'file') {
    throw new UserError({
      what: `The bundled weights \`${name}\` of \`${zoo!.name}\` are missing: \`${displayPath(path)}\` does not exist.`,
      place: place('weights'),
      hint: 'Restore the file, or install Filterscope again.',
    });
  }
  const file = { path, place: { file: displayPath(path) }, needs: neededWeights(graph), tree };
  // They are small: which files they are in is asked first.
  const paths = checkedPaths({ do: 'check weights', file }, { ...context, loadsNext: false });
  const load = loading({ do: 'load weights', file }, context);
  return identified(
    summing(async () => hashJson(await sumsOf(await paths, context))),
    paths.then(() => ({ paths: [], load })),
    context,
  );
}

/** @param path as it stands in the message */
function expectEnding(path: string, place: Place): void {
  if (formatOf(path)?.weights?.examples.length) return;
  throw new UserError({
    what: `Unsupported weights format: \`${path}\`.`,
    place,
    hint: 'Save weights with model.save_weights("name.weights.h5").',
    choices: [...modelFormats.values.flatMap(({ weights }) => weights?.examples ?? []), 'random'],
  });
}

/** How the weights in a file are loaded, once they are known to fit. */
async function fittingWeights(
  path: string,
  place: Place,
  architecture: Architecture,
  graph: readonly GraphLayer[],
  context: OpenContext,
): Promise<Pick<StoredWeights, 'paths' | 'load'>> {
  const { tree } = architecture;
  const needs = neededWeights(graph);
  const file = { path, place, tree, needs, modules: namesInStateDicts(architecture, graph, needs) };
  const load = loading({ do: 'load weights', file }, context);
  const paths = await checkedPaths({ do: 'check weights', file }, context);
  return { paths: [...new Set([path, ...paths])], load };
}

type LoadRequest =
  | { readonly do: 'load model'; readonly file: ModelFileName }
  | { readonly do: 'load weights'; readonly file: WeightFile };

/** Reads weights when they are asked for, or right away where they are going to be. */
function loading(request: LoadRequest, { loadsNext, signal }: OpenContext): StoredWeights['load'] {
  const read: StoredWeights['load'] = (take) => readFile(request, signal, take);
  let first = loadsNext ? begun(read) : undefined;
  return (take) => {
    const load = first ?? read;
    first = undefined;
    return load(take);
  };
}

/** Begins to read weights before anyone takes them. */
function begun(read: StoredWeights['load']): StoredWeights['load'] {
  let waiting: Parameters<TakeWeights>[] = [];
  let handOver: TakeWeights = (...given) => waiting.push(given);
  const reading = read((...given) => handOver(...given));
  // Whoever asks for the weights hears of it.
  reading.catch(() => {});
  return async (take) => {
    if (take) {
      handOver = take;
      for (const given of waiting) take(...given);
      waiting = [];
    }
    const rest = await reading;
    const own = waiting.map(
      ([node, weights, release]) => [node, release ? kept(weights, release) : weights] as const,
    );
    return new Map([...own, ...rest]);
  };
}

type CheckRequest =
  | { readonly do: 'check model'; readonly file: ModelFileName }
  | { readonly do: 'check weights'; readonly file: WeightFile };

/** Raised when other files are taken to fit, or other paths are read for them. */
const CHECK_VERSION = 1;

/**
 * Checks that the weights fit, which is not done twice for the same files; what is loaded next is checked then.
 * @returns absolute paths of all that hold them
 */
async function checkedPaths(
  request: CheckRequest,
  { notes, signal, loadsNext }: OpenContext,
): Promise<readonly string[]> {
  const { path } = request.file;
  if (loadsNext) return [path];
  const plugin = modelFormats.codeOf(formatOf(path)?.name ?? '');
  const question = ['fits', CHECK_VERSION, plugin ?? null, asJson(request)];
  return foundInFiles(question, notes, async () => {
    const { paths }: CheckedWeights = await readFile(request, signal);
    return { value: paths, files: [...new Set([path, ...paths])] };
  });
}

/** The request with maps as lists of their entries. */
const asJson = (request: CheckRequest): unknown =>
  JSON.parse(
    JSON.stringify(request, (_, value: unknown) =>
      value instanceof Map ? [...(value as Map<unknown, unknown>)] : value,
    ),
  );

const sumsOfPaths = (paths: readonly string[], context: OpenContext): WeightSums => ({
  sha256: sumOf(paths, context),
  sumAgain: () => sumOf(paths, { ...context, sums: new Map() }),
});

/** Of the file, or of the sums of all files. */
async function sumOf(paths: readonly string[], context: OpenContext): Promise<string> {
  const sums = await sumsOf(paths, context);
  return sums.length === 1 ? sums[0]! : hashJson(sums);
}

/** One after the other: each takes all of a processor. */
async function sumsOf(
  paths: readonly string[],
  { notes, sums: begun }: OpenContext,
): Promise<readonly string[]> {
  const sums: string[] = [];
  const apart = await areLarge(paths);
  for (const path of paths)
    sums.push((await (begun?.get(path) ?? sumsOfFile(path, notes, { apart }))).sha256);
  return sums;
}

/** Begins to take the sum of a large model file that is loaded next, before the network in it is known. */
export async function beginSums({ source }: ModelSpec, context: OpenContext): Promise<OpenContext> {
  if (!context.loadsNext || source.kind !== 'file' || !(await areLarge([source.path]))) return context;
  const sum = sumsOfFile(source.path, context.notes, { apart: true });
  // Whoever loads the weights hears of it.
  sum.catch(() => {});
  return { ...context, sums: new Map([[source.path, sum]]) };
}

/** What state dicts call the layers: as the zoo says, or as they are called here. */
function namesInStateDicts(
  { network, zoo, stateDict }: Architecture,
  graph: readonly GraphLayer[],
  needs: Needs,
): ModuleNames {
  const names = stateDict ?? zoo?.stateDict;
  const moduleOf = names?.moduleOf ?? ((layer: string) => layer.replaceAll('/', '.'));
  const naming = { moduleOf, olderModuleOf: names?.olderModuleOf?.bind(names) };
  if (!zoo) return moduleNames(graph, needs, naming, []);
  // A classifier that is left out is no error.
  const { inputShape, preprocess } = network;
  const whole = { input: [inputShape[0], inputShape[1]] as const, includeTop: true, preprocess };
  const { nodes } = stateDict?.network?.(whole) ?? zoo.network(whole);
  const top = nodes.filter(({ name }) => !needs.has(name)).map(({ name }) => moduleOf(name));
  return moduleNames(graph, needs, naming, [...top, ...(names?.others ?? [])]);
}
