import { join } from 'node:path';
import { workflow } from './templates.ts';
import { writeNew } from './write-new.ts';

export const WORKFLOW_PATH = '.github/workflows/gallery.yml';

/**
 * Writes the workflow that builds the gallery and publishes it on GitHub Pages.
 * @param folder of the project; absolute
 * @returns false where there is one, which stays as it is
 */
export const writeWorkflow = (folder: string): Promise<boolean> =>
  writeNew(join(folder, WORKFLOW_PATH), workflow);
