import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Absolute path of a compiled entry, for example `worker.js`: a thread or process is started with a file of its own. It lies
 * beside the compiled command; under the tests it was compiled before they started.
 *
 * @throws Error where it is nowhere
 */
export function compiledFile(name: string): string {
  const folders = [dirname(fileURLToPath(import.meta.url)), process.env['FILTERSCOPE_BUILD']];
  for (const folder of folders) {
    if (folder && existsSync(join(folder, name))) return join(folder, name);
  }
  throw new Error(`filterscope: the compiled ${name} is missing; start through scripts/filterscope.mjs`);
}
