import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root.ts';

/** Reference models and images too large to commit; undefined where they are not at hand. */
export const sharedFixtures: string | undefined = [
  process.env['FILTERSCOPE_FIXTURES'],
  join(packageRoot, '..', 'shared', 'fixtures'),
].find((folder) => folder !== undefined && existsSync(folder));
