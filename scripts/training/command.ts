import { join, resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { UserError } from '../../src/errors.ts';
import { packageRoot } from '../../src/package-root.ts';
import { nativeDir } from '../../src/cli/gallery-request.ts';
import { positiveInteger } from '../../src/cli/shared-options.ts';
import { defineWork } from '../../src/cli/shell.ts';

export function defineTrain(program: Command): void {
  const command = program
    .command('train')
    .description('train a zoo network on generated images (native backend only)')
    .addArgument(new Argument('<network>', 'which').choices(['patternnet', 'lenet']))
    .option('--to <folder>', 'folder of the trained model', undefined)
    .option('--seed <number>', 'seed of images, weights and order', positiveInteger, 1)
    .option('--fresh', 'start again instead of resuming an earlier run');
  defineWork(
    command,
    async ({ args, own, options, effects, signal }) => {
      if (options.backend !== 'auto' && options.backend !== 'tensorflow') {
        throw new UserError({
          what: `\`train\` does not run on the backend \`${options.backend}\`.`,
          why: 'Only native TensorFlow has the operations that it needs.',
          hint: 'Leave `--backend` out.',
        });
      }
      const { jobs } = await import('./jobs.ts');
      const { train } = await import('./train.ts');
      const job = jobs[args[0] as keyof typeof jobs];
      const to =
        own['to'] === undefined ? join(packageRoot, 'models', job.recipe.name) : resolve(String(own['to']));
      await train(job, {
        to,
        seed: Number(own['seed']),
        fresh: own['fresh'] === true,
        cache: options.cache,
        nativeDir,
        ...(options.jobs === undefined ? {} : { threads: options.jobs }),
        effects,
        signal,
      });
      return 0;
    },
    { machineAtFault: true },
  );
}
