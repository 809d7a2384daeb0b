import { checkOutFolder } from '../publish/out-folder.ts';
import type { SharedOptions } from './shared-options.ts';

/**
 * A gallery replaces the whole folder it goes to, so that folder must not be anything else.
 * @throws UserError where it holds other things, or cannot be replaced
 */
export async function checkGalleryFolder(options: SharedOptions): Promise<void> {
  await checkOutFolder(options);
}
