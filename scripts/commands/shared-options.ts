import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';

export const backendNames = ['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendChoice = (typeof backendNames)[number];

/** What every command understands; paths are absolute. */
export interface SharedOptions {
  readonly backend: BackendChoice;
  readonly experiments: string;
  readonly content: string;
  readonly out: string;
  readonly cache: string;
  /** Absent: as the machine allows. */
  readonly jobs?: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function addSharedOptions(command: Command): Command {
  const heading = 'Options of every command:';
  const options = [
    new Option('--backend <name>', 'what runs the models').choices(backendNames).default('auto'),
    new Option('--experiments <folder>', 'where the experiment files are').default('experiments'),
    new Option('--content <folder>', 'where the narratives are').default(
      undefined,
      'content, beside the experiments folder',
    ),
    new Option('--out <folder>', 'where the gallery goes').default('dist'),
    new Option('--cache <folder>', 'where results are kept').default('.filterscope'),
    new Option('--jobs <count>', 'how many things to do at once').argParser(positiveInteger),
    new Option('--json', 'print for programs, one JSON value a line'),
    new Option('--quiet', 'print warnings and errors only'),
  ];
  for (const option of options) command.addOption(option.helpGroup(heading));
  return command;
}

/** From the strings of the command line to absolute paths, relative ones taken from `folder`. */
export function readSharedOptions(raw: Readonly<Record<string, unknown>>, folder: string): SharedOptions {
  const path = (name: string) => resolve(folder, String(raw[name]));
  const experiments = path('experiments');
  return {
    backend: raw['backend'] as BackendChoice,
    experiments,
    content: raw['content'] === undefined ? resolve(experiments, '..', 'content') : path('content'),
    out: path('out'),
    cache: path('cache'),
    ...(raw['jobs'] === undefined ? {} : { jobs: raw['jobs'] as number }),
    json: raw['json'] === true,
    quiet: raw['quiet'] === true,
  };
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

/** `256x320`: height x width. */
export function heightAndWidth(text: string): [number, number] {
  const match = /^(\d+)[x×](\d+)$/.exec(text);
  const size = [Number(match?.[1]), Number(match?.[2])] as [number, number];
  if (!match || size[0] < 1 || size[1] < 1) {
    throw new InvalidArgumentError('It must be height x width in pixels, as 224x224.');
  }
  return size;
}
