import { checkOutFolder, thisMachine } from '../publish/out-folder.ts';
import type { SharedOptions } from './shared-options.ts';

/**
 * A gallery replaces the whole folder it goes to, so that folder must not be anything else. The build looks at each file.
 * @throws UserError where it is no gallery, or cannot be replaced
 */
export async function checkGalleryFolder(options: SharedOptions): Promise<void> {
  await checkOutFolder(options, thisMachine, false);
}
