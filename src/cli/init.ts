import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { defineWork } from './shell.ts';

export function defineInit(program: Command): void {
  const command = program
    .command('init')
    .description('start a project: an example experiment, scripts, and a workflow for GitHub Pages')
    .argument('[folder]', 'folder of the project (default: the working directory)');
  defineWork(
    command,
    async ({ args, options, effects, print }) => {
      const { initProject } = await import('../starter/init.ts');
      const folder = resolve(String(args[0] ?? '.'));
      const result = await initProject({ folder, version: manifest.version });
      if (options.json) {
        print(JSON.stringify({ event: 'end', folder, ...result }));
        return 0;
      }
      const { written, kept, addedScripts, missingIgnores } = result;
      const { info } = effects.log;
      for (const path of written) info(`Wrote ${path}`);
      if (addedScripts.length > 0) info(`Added to package.json: scripts ${addedScripts.join(', ')}`);
      for (const path of kept) info(`Kept ${path}, which exists`);
      if (missingIgnores.length > 0) info(`Add to .gitignore: ${missingIgnores.join(', ')}`);
      const enter = relative(process.cwd(), folder);
      const steps = [
        ...(enter === '' ? [] : [`cd ${enter}`]),
        ...(written.includes('package.json') ? ['npm install'] : []),
        'npx filterscope build      # writes dist/; open dist/index.html',
        'npx filterscope dev        # serves it and rebuilds after every save',
      ];
      info(`\nNext:\n${steps.map((step) => `  ${step}`).join('\n')}`);
      return 0;
    },
    { withoutConfig: true },
  );
}
