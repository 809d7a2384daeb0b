import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { addServerOptions, readServerOptions } from './server-options.ts';
import { defineWork } from './shell.ts';

export function definePreview(program: Command): void {
  const command = program
    .command('preview')
    .description('serve the built gallery')
    .option('--base <path>', 'path to serve it under (default: that of the configuration, or /)');
  defineWork(addServerOptions(command, '0: any free one'), async ({ own, options, effects, signal }) => {
    const { out, base } = options;
    if (!existsSync(join(out, 'index.html'))) {
      throw new UserError({
        what: `There is no gallery at \`${out}\`.`,
        hint: 'Run `npx filterscope build`.',
      });
    }
    const { servePreview } = await import('../site/preview.ts');
    const server = await servePreview({
      dir: out,
      base: String(own['base'] ?? base),
      ...readServerOptions(own),
    });
    effects.log.info(`${server.url}\nPress Ctrl-C to stop.`);
    if (!signal.aborted) await once(signal, 'abort');
    await server.close();
    return 0;
  });
}
