import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { isInstalled, packageRoot } from '../package-root.ts';

/**
 * First line of an experiment file, by which editors find the schema.
 * @param experiments absolute folder of the file
 * @param project absolute
 */
export function schemaLine(experiments: string, project: string): string {
  const installed = join(project, 'node_modules', 'filterscope');
  const own = !isInstalled && !existsSync(installed) && project === packageRoot;
  const path = relative(experiments, join(own ? packageRoot : installed, 'docs', 'experiment.schema.json'));
  return `# yaml-language-server: $schema=${path.split(sep).join('/')}`;
}
