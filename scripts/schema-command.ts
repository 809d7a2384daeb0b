import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../src/package-root.ts';
import { defineWork } from '../src/cli/shell.ts';

export function defineSchema(program: Command): void {
  const command = program
    .command('schema')
    .description(
      'write the JSON Schemas of experiment files and reports, and the list of weights, into docs/',
    )
    .option('--check', 'write nothing; fail if the files are out of date');
  defineWork(command, async ({ own, print, effects }) => {
    const { jsonSchemas } = await import('../src/schema/json-schema.ts');
    const { techniques } = await import('../src/techniques/registry.ts');
    let stale = 0;
    const { listWeights } = await import('./weights-list.ts');
    const files = { ...jsonSchemas(techniques.builtIn), 'weights.json': await listWeights() };
    for (const [name, schema] of Object.entries(files)) {
      const file = join(packageRoot, 'docs', name);
      const text = `${JSON.stringify(schema, undefined, 2)}\n`;
      const written = await readFile(file, 'utf8').catch(() => undefined);
      if (own['check'] !== true) {
        await writeFile(file, text);
        print(`docs/${name}`);
      } else if (written !== text) {
        stale += 1;
        effects.log.error(`\`docs/${name}\` is out of date. Run \`npm run docs:schema\`.`);
      }
    }
    return stale ? 1 : 0;
  });
}
