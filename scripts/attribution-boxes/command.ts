import type { Command } from 'commander';
import { defineWork } from '../../src/cli/shell.ts';

/** Measures how much of each attribution method's maps lies on the object that the network names. */
export function defineAttributionBoxes(program: Command): void {
  const command = program
    // For those who work on this program, as docs/development.md says.
    .command('attribution-boxes', { hidden: true })
    .description("measure attribution methods against the known places of PatternNet's objects")
    .option('--images <count>', 'images of each class', '4')
    .option('--rise <count>', 'masks of rise', '500');
  defineWork(command, async ({ options, own, print, signal }) => {
    const { chooseBackend } = await import('../../src/backend/choose.ts');
    const { nativeDir } = await import('../../src/cli/gallery-request.ts');
    const { measureBoxes } = await import('./measure.ts');
    await chooseBackend({ requested: options.backend, nativeDir });
    await measureBoxes({
      perClass: Number(own['images']),
      riseMasks: Number(own['rise']),
      ...{ cache: options.cache, print, signal },
    });
    return 0;
  });
}
