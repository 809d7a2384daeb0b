import { extname, join } from 'node:path';
import type { Files } from '../effects.ts';
import type { FileSums } from '../hash.ts';
import type { Place } from '../errors.ts';
import { UnavailableError, UserError } from '../errors.ts';
import type { ModelSpec } from '../schema/experiment.ts';
import type { LayerTree } from './formats/format.ts';
import { flatTree } from './formats/format.ts';
import { inlineNetwork } from './formats/inline.ts';
import { exportHints, formatOf, networkFormats, savingHint } from './formats/table.ts';
import type { Network } from './network.ts';
import type { OpenOptions } from './open-options.ts';
import { displayPath } from '../paths.ts';
import { readFile } from './reading/read-file.ts';
import type { ModelFileName, OpenedModel } from './reading/requests.ts';
import { findZooModel, zooNames } from './zoo/index.ts';
import type { StateDictNames, ZooModel } from './zoo/index.ts';

export interface OpenContext extends OpenOptions {
  readonly files: Files;
  /** The weights are loaded next: reading them begins while sums are taken, and loading says what is wrong with them. */
  readonly loadsNext?: boolean;
  /** Of files whose sums are being taken already, by their absolute paths. */
  readonly sums?: ReadonlyMap<string, Promise<FileSums>>;
}

/** The network, and where its weights come from unless the experiment says otherwise. */
export interface Architecture {
  readonly network: Network;
  readonly tree: readonly LayerTree[];
  /** What errors in its layers point at. */
  readonly place: Place;
  /** Of a model file: the absolute paths of everything in it, and the same network at its own input size. */
  readonly file?: ModelFileName;
  readonly paths?: readonly string[];
  readonly own?: Network;
  readonly zoo?: ZooModel;
  /** Of the zoo network's layers, where its weights are a state dict. */
  readonly stateDict?: StateDictNames;
}

export async function openArchitecture(spec: ModelSpec, context: OpenContext): Promise<Architecture> {
  const { source } = spec;
  switch (source.kind) {
    case 'zoo':
      return zooArchitecture(source.name, spec, context);
    case 'file':
      return fileArchitecture(source.path, spec, context);
    case 'inline': {
      if (!spec.input) {
        throw new UserError({
          what: 'Inline `layers` need the input size.',
          place: context.place(''),
          hint: 'Add `input: [height, width]`.',
        });
      }
      const inputShape = [...spec.input, spec.inputChannels] as const;
      const network = inlineNetwork(source.layers, { inputShape, preprocess: spec.preprocess ?? 'unit' });
      return { network, tree: flatTree(network), place: context.place('layers') };
    }
  }
}

function zooArchitecture(name: string, spec: ModelSpec, { place }: OpenContext): Architecture {
  const model = findZooModel(name);
  if (!model) {
    throw new UserError({
      what: `There is no zoo network \`${name}\`.`,
      place: place('zoo'),
      choices: zooNames,
    });
  }
  const input = spec.input ?? model.defaultInput;
  const trained =
    spec.weights === undefined
      ? (model.weights ?? model.bundledDefault) !== undefined
      : spec.weights !== 'random';
  const fixed = trained && model.hasTop && spec.includeTop && !model.anySize;
  if (fixed && input.join() !== model.defaultInput.join()) {
    throw new UserError({
      what: `\`${name}\` with its classifier takes images of ${model.defaultInput.join('x')} pixels, not ${input.join('x')}.`,
      place: place('input'),
      why: "The classifier's weights fit that size only.",
      hint: 'Add `include_top: false`, or leave `input` out.',
    });
  }
  const stateDict = givesStateDict(spec, model) ? model.stateDict : undefined;
  const preprocess = spec.preprocess ?? stateDict?.preprocess ?? model.preprocess;
  const options = { input, includeTop: spec.includeTop, preprocess };
  const network = stateDict?.network?.(options) ?? model.network(options);
  return {
    ...{ network, tree: flatTree(network), place: place(spec.input ? 'input' : 'zoo'), zoo: model },
    ...(stateDict && { stateDict }),
  };
}

/** Whether the weights that an experiment names, or else the network's own, are a state dict, by their ending. */
function givesStateDict({ weights, includeTop }: ModelSpec, model: ZooModel): boolean {
  if (weights !== undefined) {
    const path = typeof weights === 'string' ? weights : 'path' in weights ? weights.path : '';
    return formatOf(path)?.weightsOnly === true;
  }
  const own = model.weights?.({ includeTop });
  const file = own && ('packaged' in own ? own.packaged.path : own.file);
  return file !== undefined && formatOf(file)?.weightsOnly === true;
}

async function fileArchitecture(
  path: string,
  spec: ModelSpec,
  { place, files, signal }: OpenContext,
): Promise<Architecture> {
  await expectFile(path, files, place('file'), 'model file');
  if (!formatOf(path)) {
    throw new UserError({
      what: `Unsupported model format: \`${displayPath(path)}\`.`,
      place: place('file'),
      hint: exportHints[extname(path).toLowerCase()] ?? savingHint(),
      choices: networkFormats().map(({ example }) => example),
    });
  }
  const inside: Place = { file: displayPath(path) };
  const preprocess = spec.preprocess ?? 'unit';
  const unsized = { path, options: { place: inside, preprocess } };
  const file = spec.input ? { ...unsized, options: { ...unsized.options, input: spec.input } } : unsized;
  const { network, tree, weightFiles } = await readFile({ do: 'open model', file }, signal);
  const own = spec.input
    ? await ownSize(() => readFile({ do: 'open model', file: unsized }, signal))
    : undefined;
  return {
    ...{ network, tree, place: inside, file },
    paths: [path, ...weightFiles],
    ...(own ? { own } : {}),
  };
}

/** The network at the size its file gives; undefined where it gives none. */
async function ownSize(read: () => Promise<OpenedModel>): Promise<Network | undefined> {
  try {
    return (await read()).network;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** @throws UnavailableError where nothing is there: an optional experiment is skipped then */
export async function expectFile(path: string, files: Files, place: Place, what: string): Promise<void> {
  const found = await files.stat(path);
  if (found?.kind === 'file') return;
  if (!found) {
    throw new UnavailableError({
      what: `The ${what} \`${displayPath(path)}\` does not exist.`,
      place,
      hint: 'Write the path relative to the experiment file, or absolute.',
    });
  }
  const model = await files.stat(join(path, 'model.json'));
  throw new UserError({
    what: `\`${displayPath(path)}\` is a folder, not a ${what}.`,
    place,
    hint: model
      ? `Name the file in it: \`${displayPath(join(path, 'model.json'))}\`.`
      : 'SavedModel folders are not supported. Save the model with model.save("name.keras").',
  });
}
