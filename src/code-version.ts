import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from './package-root.ts';

/**
 * Tells this code from other versions of it, for keys of what no version number of its own is raised for: the package's version and, in a
 * checkout, the hash of the sources that it was compiled from.
 */
export const codeVersion: string = [
  (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version,
  basename(dirname(fileURLToPath(import.meta.url))),
].join(' ');
