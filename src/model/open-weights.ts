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
import { foundInFiles, sumsOfFile } from '../file-notes.ts';
import { hashJson } from '../hash.ts';
import type { Weights } from './network.ts';
import type { Architecture, OpenContext } from './open-architecture.ts';
import { expectFile } from './open-architecture.ts';
import { packagedWeights } from './packaged-weights.ts';
import { displayPath } from '../paths.ts';
import { readFile } from './reading/read-file.ts';
import type { CheckedWeights, ModelFileName } from './reading/requests.ts';
import type { ModuleNames } from './state-dict/modules.ts';
import { moduleNames } from './state-dict/modules.ts';
import { cachedWeights } from './weights.ts';

export interface StoredWeights {
  /** Hex, of the file or of the sums of all files. */
  readonly sha256: string;
  /** Absolute paths of the files that are not part of this program. */
  readonly paths: readonly string[];
  load(): Promise<Weights>;
}

/** Finds a model's weights and checks that they fit; undefined where they are to be random. */
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
    const [fitting, { sha256 }] = await Promise.all([
      fittingWeights(path, inside, architecture, graph, context),
      sumsOfFile(path, context.notes),
    ]);
    return { sha256, ...fitting };
  }
  if (file && paths) {
    const load = loading({ do: 'load model', file }, context);
    const [sums] = await Promise.all([
      sumsOf(paths, context),
      checkedPaths({ do: 'check model', file }, context),
    ]);
    return { sha256: sums.length === 1 ? sums[0]! : hashJson(sums), paths, load };
  }
  if (zoo?.bundledDefault !== undefined) {
    return bundledWeights(zoo.bundledDefault, architecture, graph, context);
  }
  const own = zoo?.weights?.({ includeTop: spec.includeTop });
  if (!zoo || !own) return undefined;
  const place = context.place('zoo');
  if ('packaged' in own) return packaged(own.packaged, place, architecture, graph, context);
  const { path, sha256 } = await cachedWeights(
    zoo,
    own,
    spec.includeTop,
    context.cacheDir,
    place,
    context.notes,
  );
  return {
    sha256,
    ...(await fittingWeights(path, { file: displayPath(path) }, architecture, graph, context)),
  };
}

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
  const path = await packagedWeights(file, context, place);
  if (path === undefined) {
    return { sha256, paths: [], load: () => Promise.reject(new Error(`${file.path} was not fetched`)) };
  }
  return {
    sha256,
    ...(await fittingWeights(path, { file: displayPath(path) }, architecture, graph, context)),
  };
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
  const load = loading({ do: 'load weights', file }, context);
  const paths = await checkedPaths({ do: 'check weights', file }, context);
  return { sha256: hashJson(await sumsOf(paths, context)), paths: [], load };
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
function loading(request: LoadRequest, { loadsNext, signal }: OpenContext): () => Promise<Weights> {
  const read = (): Promise<Weights> => readFile(request, signal);
  let first = loadsNext ? read() : undefined;
  // Whoever asks for the weights hears of it.
  first?.catch(() => {});
  return () => {
    const reading = first ?? read();
    first = undefined;
    return reading;
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

/** One after the other: each takes all of a processor. */
async function sumsOf(paths: readonly string[], { notes }: OpenContext): Promise<readonly string[]> {
  const sums: string[] = [];
  for (const path of paths) sums.push((await sumsOfFile(path, notes)).sha256);
  return sums;
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
