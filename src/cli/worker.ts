import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { visible } from '../visible.ts';
import { galleryOptions } from './gallery-request.ts';
import { QUEUE_VARIABLE, queueOption, readQueue } from './queue-option.ts';
import { positiveInteger } from './shared-options.ts';
import { defineWork } from './shell.ts';

export function defineWorker(program: Command): void {
  const command = program
    .command('worker')
    .description('compute jobs of builds on other machines, until it is stopped')
    .addOption(queueOption('Redis server that jobs come from'))
    .option('--idle <seconds>', 'end after so long without a job', positiveInteger);
  defineWork(
    command,
    async ({ own, options, effects, signal, print }) => {
      const address = readQueue(own, options);
      if (!address) {
        throw new UserError({
          what: 'A worker needs `--queue`.',
          hint: `Give the address of a Redis server, here or in the variable ${QUEUE_VARIABLE}.`,
          choices: ['--queue redis://localhost:6379'],
        });
      }
      const { runWorker } = await import('../queue/run-worker.ts');
      const idle = own['idle'] === undefined ? undefined : Number(own['idle']) * 1000;
      await runWorker({
        ...{ address, effects, signal, idle },
        options: { ...galleryOptions(options), store: options.store! },
        onBatch(batch) {
          if (options.json) return print(JSON.stringify({ event: 'batch', ...batch }));
          const { experiment, jobs, milliseconds } = batch;
          const count = jobs === 1 ? '1 job' : `${jobs} jobs`;
          effects.log.info(`${visible(experiment)}: ${count}, ${(milliseconds / 1000).toFixed(1)} s`);
        },
      });
      return 0;
    },
    { interrupted: 'Stopping after the current job. Press Ctrl-C again to stop at once.' },
  );
}
