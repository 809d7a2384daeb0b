import { existsSync } from 'node:fs';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { namingPath, UserError } from '../errors.ts';
import type { OpenOptions } from '../model/index.ts';
import type { NewModel } from '../starter/new-experiment.ts';
import { galleryOptions } from './gallery-request.ts';
import { defineWork, type Task } from './shell.ts';

export function defineNew(program: Command): void {
  const command = program
    .command('new')
    .description('write an experiment with views for a network')
    .argument('<id>', 'name of the experiment: lower-case letters, digits and hyphens')
    .requiredOption('--model <file|zoo>', 'a model file, or the name of a network in the zoo')
    .option('--images <folder>', 'images of the experiment (default: generated ones)');
  defineWork(command, async (task) => {
    const { args, own, options, effects, print } = task;
    const id = String(args[0]);
    const path = join(options.experiments, `${id}.yaml`);
    await checkId(id, options.experiments);
    const images = own['images'] === undefined ? undefined : await imageFolder(String(own['images']));
    const model = await open(String(own['model']), task);
    const { composeExperiment } = await import('../starter/new-experiment.ts');
    const { schemaLine } = await import('../starter/schema-line.ts');
    const folder = options.experiments;
    const text = composeExperiment({
      ...{ id, folder, model, images },
      schema: schemaLine(folder, process.cwd()),
    });
    await namingPath(path, async () => {
      await mkdir(folder, { recursive: true });
      await writeFile(path, text, { flag: 'wx' });
    });
    try {
      const { checkGallery } = await import('../publish/gallery.ts');
      await checkGallery({ ids: [id], options: galleryOptions(options), effects, signal: task.signal });
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    const shown = relative(process.cwd(), path);
    if (options.json) print(JSON.stringify({ event: 'end', path }));
    else
      effects.log.info(
        `Wrote ${shown}\n\nNext:\n${nextSteps(id, model)
          .map((step) => `  ${step}`)
          .join('\n')}`,
      );
    return 0;
  });
}

async function checkId(id: string, experiments: string): Promise<void> {
  const { idProblem, toId } = await import('../schema/pieces.ts');
  const { show } = await import('../schema/words.ts');
  const why = idProblem(id);
  if (why !== undefined) {
    const better = toId(id);
    throw new UserError({
      what: `An experiment cannot be called ${show(id)}.`,
      why,
      ...(better && { hint: `Write \`${better}\`.` }),
    });
  }
  for (const name of [`${id}.yaml`, `${id}.yml`]) {
    const path = join(experiments, name);
    if (!existsSync(path)) continue;
    throw new UserError({
      what: `\`${relative(process.cwd(), path)}\` already exists.`,
      why: 'Experiments are never overwritten.',
      hint: 'Choose another id, or remove the file.',
    });
  }
}

async function imageFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return path;
  throw new UserError({
    what: `\`--images\` is not a folder: \`${folder}\`.`,
    hint: 'Write the path relative to the working directory, or absolute.',
  });
}

async function open(argument: string, { options, signal }: Task): Promise<NewModel> {
  const { findZooModel, openModel, parseModelArgument } = await import('../model/index.ts');
  const opening: OpenOptions = {
    cacheDir: options.cache,
    untrained: true,
    ...{ seed: 0, signal },
    place: () => ({ file: argument }),
  };
  const zoo = findZooModel(argument);
  if (zoo) {
    const noTop = zoo.weights !== undefined && zoo.hasTop;
    return { zoo, source: await openModel(parseModelArgument(argument, { noTop }), opening) };
  }
  const file = resolve(argument);
  if (/[./\\]/.test(argument) && !existsSync(file)) {
    throw new UserError({
      what: `The model file \`${argument}\` does not exist.`,
      hint: 'Write the path relative to the working directory, or absolute.',
    });
  }
  const spec = parseModelArgument(argument);
  try {
    return { file, source: await openModel(spec, opening) };
  } catch (error) {
    const { ANY_SIZE } = await import('../starter/guess.ts');
    // Where the size was not what was missing, the first error says what was.
    const source = await openModel({ ...spec, input: ANY_SIZE.value }, opening).catch(() => undefined);
    if (!source || !(error instanceof UserError)) throw error;
    return { file, source, size: ANY_SIZE };
  }
}

function nextSteps(id: string, model: NewModel): string[] {
  const pull =
    'zoo' in model && model.zoo.weights
      ? [`npx filterscope weights pull ${model.zoo.name}${model.zoo.hasTop ? ' --no-top' : ''}`]
      : [];
  return [
    ...pull,
    `npx filterscope check ${id} --plan      # what a build would compute`,
    `npx filterscope build ${id}`,
  ];
}
