import { existsSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Build } from '../diff/builds.ts';
import { UserError } from '../errors.ts';
import type { ModelSource } from '../model/index.ts';
import type { Experiment } from '../schema/experiment.ts';
import { experimentId, openNamed, readExperiment } from './layers.ts';
import { defineWork } from './shell.ts';
import type { Task } from './shell.ts';

export function defineDiff(program: Command): void {
  const command = program
    .command('diff')
    .description(
      'say what changed between two networks, experiments or galleries; exit with 1 where something did',
    )
    .argument('<a>', 'a gallery or report, an experiment, a model file or a zoo name')
    .argument('<b>', 'another one')
    .option('--tolerance <number>', 'relative difference up to which numbers count as equal', tolerance, 0);
  defineWork(command, async (task) => {
    const names = task.args.map(String) as [string, string];
    const sides = [await find(names[0], task), await find(names[1], task)] as const;
    const { lines, differs } = await compare(names, sides, task);
    if (task.options.json) return differs ? 1 : 0;
    if (lines.length === 0) task.print(`No difference between ${names[0]} and ${names[1]}.`);
    lines.forEach(task.print);
    return differs ? 1 : 0;
  });
}

interface Compared {
  /** For people. */
  readonly lines: readonly string[];
  readonly differs: boolean;
}

async function compare(
  names: readonly [string, string],
  [a, b]: readonly [Side, Side],
  { options, own, print }: Task,
): Promise<Compared> {
  const { describeBuilds, describeNetworks, describeSettings } = await import('../diff/describe.ts');
  const limit = own['tolerance'] as number;
  const note = (kind: string, difference: object): void => {
    if (options.json) print(JSON.stringify({ event: 'diff', kind, ...difference }));
  };
  const isEmpty = (...lists: readonly (readonly unknown[])[]): boolean =>
    lists.every((list) => list.length === 0);
  if (a.kind === 'build' || b.kind === 'build') {
    if (a.kind !== 'build' || b.kind !== 'build') throw incomparable(names, a, b);
    const { diffBuilds } = await import('../diff/builds.ts');
    const found = diffBuilds(a.build, b.build, limit);
    note('builds', found);
    // Other colours are no other numbers.
    const differs = !isEmpty(found.onlyA, found.onlyB, found.changed, found.views);
    return { lines: describeBuilds(found, names), differs };
  }
  const { diffSettings } = await import('../diff/settings.ts');
  const settings =
    a.kind === 'experiment' && b.kind === 'experiment'
      ? diffSettings(settingsOf(a.experiment), settingsOf(b.experiment))
      : [];
  if (settings.length > 0) note('settings', { settings });
  const { diffNetworks } = await import('../diff/networks.ts');
  const found = await diffNetworks(await a.open(), await b.open(), limit);
  note('networks', found);
  return {
    lines: [...describeSettings(settings, names), ...describeNetworks(found, names)],
    differs: !isEmpty(settings, found.onlyA, found.onlyB, found.changed, found.weights),
  };
}

type Side =
  | { readonly kind: 'build'; readonly build: Build }
  | { readonly kind: 'experiment'; readonly experiment: Experiment; open(): Promise<ModelSource> }
  | { readonly kind: 'network'; open(): Promise<ModelSource> };

/** Galleries before all others: no model is a folder, and no model file is called report.json. */
async function find(argument: string, { options, effects, signal }: Task): Promise<Side> {
  const { readBuild } = await import('../diff/builds.ts');
  const build = readBuild(resolve(argument));
  if (build) return { kind: 'build', build };
  const choice = { noTop: false, untrained: false, signal };
  // An experiment file may be an older one, from another folder.
  const file = /\.ya?ml$/i.test(argument) && existsSync(argument) ? resolve(argument) : undefined;
  const own =
    file === undefined ? options : { ...options, experiments: dirname(file), content: dirname(file) };
  const id = file === undefined ? experimentId(argument, options) : basename(file, extname(file));
  const open = (): Promise<ModelSource> => openNamed(id ?? argument, choice, own, effects);
  if (id === undefined) return { kind: 'network', open };
  return { kind: 'experiment', experiment: await readExperiment(id, own, effects), open };
}

/** What an experiment file sets, defaults included. */
const settingsOf = ({ title, model, images, optional, seed, views }: Experiment): unknown =>
  JSON.parse(
    JSON.stringify({
      ...{ title, model, images, optional, seed },
      views: views.map(({ id, title, technique, settings }) => ({ id, title, technique, settings })),
    }),
  );

const KINDS: Readonly<Record<Side['kind'], string>> = {
  build: 'a gallery or report',
  experiment: 'an experiment',
  network: 'a network',
};

const incomparable = ([nameA, nameB]: readonly [string, string], a: Side, b: Side): UserError =>
  new UserError({
    what: `\`${nameA}\` and \`${nameB}\` cannot be compared.`,
    why: `The first is ${KINDS[a.kind]}, the second ${KINDS[b.kind]}.`,
    hint: 'Name two galleries, or two of networks and experiments.',
  });

function tolerance(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0))
    throw new InvalidArgumentError('It must be a number from 0, such as 1e-4.');
  return value;
}
