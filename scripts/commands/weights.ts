import { Argument, type Command } from 'commander';
import { zoo } from '../../src/model/zoo/index.ts';
import { defineWork, type Task } from './shell.ts';

const trained = zoo.filter((model) => model.weights).map(({ name }) => name);

export function defineWeights(program: Command): void {
  const weights = program
    .command('weights')
    .description("fetch and list the zoo's trained weights")
    .helpCommand(false);

  const pull = weights
    .command('pull')
    .description('fetch the weights of a model into the cache, and check that they are the right ones')
    .addArgument(new Argument('<model>', 'which model').choices(trained))
    .option('--no-top', 'without the classifier: a smaller file, and any input size');
  defineWork(pull, pullWeights, {
    interrupted: 'Stopping; what has come is kept for the next time.',
    machineAtFault: true,
  });

  const list = weights.command('list').description('say which weights there are and which are here');
  defineWork(list, listWeights);
}

async function pullWeights({ args, own, options, effects, signal, print }: Task): Promise<number> {
  const { findZooModel, megabytes, pullWeights: pull } = await import('../../src/model/index.ts');
  const model = findZooModel(String(args[0]))!;
  let told = -1;
  const { path, sha256, downloaded } = await pull(model, own['top'] !== false, {
    cacheDir: options.cache,
    signal,
    onProgress: ({ done, total }) => {
      const tenth = Math.floor((10 * done) / total);
      if (tenth === told) return;
      told = tenth;
      if (options.json) print(JSON.stringify({ event: 'weights', done, total }));
      else effects.log.info(`${megabytes(done)} of ${megabytes(total)}`);
    },
  });
  if (options.json) print(JSON.stringify({ event: 'end', path, sha256, downloaded }));
  else effects.log.info(`${downloaded ? 'Fetched' : 'Already here'}: ${path}\nSHA-256 ${sha256}`);
  return 0;
}

async function listWeights({ options, print }: Task): Promise<number> {
  const { listWeights: list, megabytes } = await import('../../src/model/index.ts');
  const states = { missing: 'not here', ready: 'here', damaged: 'damaged: pull it again' };
  for (const { model, includeTop, source, path, state, licence } of await list(options.cache)) {
    if (options.json) {
      const { bytes, url } = source;
      print(JSON.stringify({ model, includeTop, state, bytes, url, path, licence }));
    } else {
      const name = `${model}${includeTop ? '' : ' --no-top'}`;
      print(`${name.padEnd(16)} ${megabytes(source.bytes).padStart(7)}  ${states[state]}  ${path}`);
    }
  }
  return 0;
}
