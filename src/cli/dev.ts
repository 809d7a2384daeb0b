import type { Command } from 'commander';
import { addServerOptions, readServerOptions } from './server-options.ts';
import { chooseProgress, galleryOptions } from './gallery-request.ts';
import { defineWork } from './shell.ts';

export function defineDev(program: Command): void {
  const command = program
    .command('dev')
    .description('build and serve; a saved experiment updates the open page');
  defineWork(addServerOptions(command, 'the next free one if it is in use'), async (task) => {
    const { own, options, effects, signal } = task;
    // Vite reloads no page where the shell says otherwise.
    process.env['NODE_ENV'] = 'development';
    const { runDev } = await import('../publish/dev.ts');
    const progress = await chooseProgress(task);
    await runDev({
      ...{ options: galleryOptions(options), settings: options.settings, effects, progress, signal },
      ...readServerOptions(own),
    });
    return 0;
  });
}
