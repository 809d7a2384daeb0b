import type { Command } from 'commander';
import type { Progress } from '../pipeline/progress.ts';
import { checkGalleryFolder } from './gallery-folder.ts';
import { chooseProgress, galleryOptions } from './gallery-request.ts';
import { queueOption, readQueue } from './queue-option.ts';
import { parseShard } from './shard-option.ts';
import { defineWork, type Task } from './shell.ts';

export function defineBuild(program: Command): void {
  const command = program
    .command('build')
    .description('compute what is out of date and write the gallery')
    .argument('[ids...]', 'experiments to build (default: all)')
    .addOption(queueOption('send jobs to workers through this Redis server').conflicts('shard'))
    .option('--shard <i/n>', 'compute one of n shares of what is out of date, and write no gallery')
    .option('--profile', 'say at the end where the time went: stage by stage, and view by view');
  defineWork(
    command,
    async (task) => {
      const { args, own, options, effects, signal } = task;
      const shard = own['shard'] === undefined ? undefined : parseShard(String(own['shard']));
      const address = readQueue(own, options);
      const queue = address && { address };
      if (!shard) await checkGalleryFolder(options);
      // Whatever the shell says: the same experiments make the same pages.
      process.env['NODE_ENV'] = 'production';
      const { buildGallery } = await import('../publish/gallery.ts');
      const progress = await buildProgress(task);
      const ids = args[0] as string[];
      if (shard) {
        const { buildShard } = await import('../publish/shard.ts');
        const request = { ids, options: galleryOptions(options), effects, progress, signal };
        return (await buildShard(request, shard)).failed > 0 ? 1 : 0;
      }
      const { settings } = options;
      const { failures } = await buildGallery({
        ...{ ids, options: galleryOptions(options), settings, effects, progress, signal, queue },
      });
      return failures.length > 0 ? 1 : 0;
    },
    {
      consequence: 'nothing was built',
      interrupted:
        'Stopping after the current job. Run the same command again to resume. Press Ctrl-C again to stop at once.',
    },
  );
}

async function buildProgress(task: Task): Promise<Progress> {
  const progress = await chooseProgress(task);
  const { own, options, effects, print } = task;
  if (own['profile'] !== true) return progress;
  const { profileLines, profiling } = await import('../pipeline/profile.ts');
  const processor = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  return profiling(progress, { now: () => performance.now(), processor }, (profile) => {
    if (options.json) print(JSON.stringify({ event: 'profile', ...profile }));
    else for (const line of profileLines(profile)) effects.log.info(line);
  });
}
