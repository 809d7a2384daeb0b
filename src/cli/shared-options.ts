import { InvalidArgumentError, Option, type Command } from 'commander';
import type { FilterscopeConfig } from '../config/define-config.ts';
import { PROJECT_FOLDERS, resolveProject, type Project } from '../config/project.ts';

export const backendNames = ['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendChoice = (typeof backendNames)[number];

/** What every command understands; paths are absolute. */
export interface SharedOptions extends Project {
  readonly backend: BackendChoice;
  /** Absent: as the machine allows. */
  readonly jobs?: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function addSharedOptions(command: Command): Command {
  const heading = 'Options of every command:';
  const options = [
    new Option('--backend <name>', 'backend that runs the models').choices(backendNames).default('auto'),
    new Option('--experiments <folder>', 'folder of the experiment files').default(undefined, 'experiments'),
    new Option('--content <folder>', 'folder of the narratives').default(
      undefined,
      'content, beside the experiments folder',
    ),
    new Option('--out <folder>', 'folder of the gallery').default(undefined, 'dist'),
    new Option('--cache <folder>', 'folder of the cache').default(undefined, '.filterscope'),
    new Option('--store <place>', 'shared store behind the cache: a folder or s3://bucket/prefix'),
    new Option('--jobs <count>', 'number of parallel jobs').argParser(positiveInteger),
    new Option('--json', 'print one JSON value per line'),
    new Option('--quiet', 'print warnings and errors only'),
  ];
  for (const option of options) command.addOption(option.helpGroup(heading));
  return command;
}

/**
 * From the strings of the command line to absolute paths, relative ones taken from `folder`.
 * @param config the project's; options win over it
 */
export function readSharedOptions(
  raw: Readonly<Record<string, unknown>>,
  folder: string,
  config: FilterscopeConfig = {},
): SharedOptions {
  const given = PROJECT_FOLDERS.flatMap((name) =>
    raw[name] === undefined ? [] : [[name, String(raw[name])] as const],
  );
  return {
    ...resolveProject(folder, { ...config, ...Object.fromEntries(given) }),
    backend: raw['backend'] as BackendChoice,
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
    throw new InvalidArgumentError('It must be height x width in pixels, such as 224x224.');
  }
  return size;
}
