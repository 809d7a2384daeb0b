import { existsSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Command } from 'commander';
import type { Effects } from '../effects.ts';
import { UnavailableError, UserError } from '../errors.ts';
import type { ModelSource, OpenOptions } from '../model/index.ts';
import type { Experiment, ModelSpec } from '../schema/experiment.ts';
import { heightAndWidth, type SharedOptions } from './shared-options.ts';
import { defineWork } from './shell.ts';

export function defineLayers(program: Command): void {
  const command = program
    .command('layers')
    .description('list the layers of a model: index, name, type, output shape, parameters, receptive field')
    .argument('<model>', 'an experiment id, a model file or a zoo name')
    .option('--input <HxW>', 'input size of a network that takes any size, such as 256x256', heightAndWidth)
    .option('--no-top', 'without the classifier of a zoo model');
  defineWork(command, async ({ args, own, options, effects, signal, print }) => {
    const { formatLayers } = await import('../model/index.ts');
    const input = own['input'] as [number, number] | undefined;
    const choice = { ...(input ? { input } : {}), noTop: own['top'] === false, untrained: true };
    const { layers } = await openNamed(String(args[0]), { ...choice, signal }, options, effects);
    print(options.json ? JSON.stringify(layers, undefined, 2) : formatLayers(layers));
    return 0;
  });
}

export interface Choice {
  readonly input?: readonly [number, number];
  readonly noTop: boolean;
  /** Only layers are asked for: weights need not be here. */
  readonly untrained: boolean;
  /** Ends the reading of the model file. */
  readonly signal: AbortSignal;
}

/** An experiment comes before a zoo model of the same name: it is the more particular. */
export async function openNamed(
  argument: string,
  choice: Choice,
  options: SharedOptions,
  effects: Effects,
): Promise<ModelSource> {
  const id = experimentId(argument, options);
  if (id !== undefined) return openOfExperiment(id, choice, options, effects);
  if (/[./\\]/.test(argument) && !existsSync(argument)) {
    throw new UserError({
      what: `The model file \`${argument}\` does not exist.`,
      hint: 'Write the path relative to the working directory, or absolute.',
    });
  }
  const { openModel, parseModelArgument } = await import('../model/index.ts');
  const spec = await withExperimentChoices(
    argument,
    () => parseModelArgument(argument, choice),
    options,
    effects,
  );
  return openModel(spec, {
    cacheDir: options.cache,
    ...{ untrained: choice.untrained, seed: 0, signal: choice.signal },
    place: () => ({ file: argument }),
  });
}

/** The id of an experiment, named by it or by its file's name; undefined where it is none of this project. */
export function experimentId(
  argument: string,
  { experiments }: Pick<SharedOptions, 'experiments'>,
): string | undefined {
  const id = /\.ya?ml$/i.test(argument) ? basename(argument, extname(argument)) : argument;
  const isOne =
    /^[^/\\]+$/.test(id) && ['yaml', 'yml'].some((end) => existsSync(join(experiments, `${id}.${end}`)));
  return isOne ? id : undefined;
}

async function openOfExperiment(
  id: string,
  { input, noTop, untrained, signal }: Choice,
  options: SharedOptions,
  effects: Effects,
): Promise<ModelSource> {
  const experiment = await readExperiment(id, options, effects);
  const spec: ModelSpec = {
    ...experiment.model,
    ...(input ? { input } : {}),
    ...(noTop ? { includeTop: false } : {}),
  };
  return (untrained ? openUntrained : openTrained)(spec, {
    cacheDir: options.cache,
    ...{ untrained, seed: experiment.seed, signal },
    place: (key) => experiment.locate(['model', ...(key ? key.split('.') : [])]),
  });
}

/** @throws UserError with all that is wrong with it */
export async function readExperiment(
  id: string,
  options: Pick<SharedOptions, 'experiments' | 'content'>,
  effects: Effects,
): Promise<Experiment> {
  const { experiments, problems } = await readAll(options, effects);
  const experiment = experiments.find((each) => each.id === id);
  if (experiment) return experiment;
  throw new UserError(problems.filter((each) => each.id === id).map(({ problem }) => problem));
}

const openTrained = async (spec: ModelSpec, options: OpenOptions): Promise<ModelSource> =>
  (await import('../model/index.ts')).openModel(spec, options);

/** A zoo model has the same layers without its weights: they need not be here to be asked about. */
async function openUntrained(spec: ModelSpec, options: OpenOptions): Promise<ModelSource> {
  const { openModel } = await import('../model/index.ts');
  try {
    return await openModel(spec, options);
  } catch (error) {
    if (!(error instanceof UnavailableError) || spec.source.kind !== 'zoo') throw error;
    return openModel({ ...spec, weights: 'random' }, options);
  }
}

/** The experiments are choices too. */
async function withExperimentChoices<T>(
  argument: string,
  work: () => T,
  options: SharedOptions,
  effects: Effects,
): Promise<T> {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { experiments } = await readAll(options, effects);
    const { didYouMean } = await import('../schema/words.ts');
    const { modelPaths, zooNames } = await import('../model/index.ts');
    const names = [...experiments.map(({ id }) => id), ...zooNames];
    throw new UserError({
      what: `There is no model \`${argument}\`.`,
      why: 'The argument is not the id of an experiment, the path of a model file, or the name of a zoo network.',
      ...didYouMean(argument, names),
      choices: [...names, ...modelPaths()],
    });
  }
}

async function readAll(
  { experiments, content }: Pick<SharedOptions, 'experiments' | 'content'>,
  { files }: Effects,
) {
  const { readExperiments } = await import('../schema/read.ts');
  const { techniques } = await import('../techniques/registry.ts');
  return readExperiments({
    dir: experiments,
    contentDir: content,
    techniques: techniques.values,
    files,
    cwd: process.cwd(),
  });
}
