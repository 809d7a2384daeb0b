import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';

/**
 * Loads CommonJS packages as this package sees them, from source and from the bundle alike. The native addon's
 * JavaScript does the same, so there is exactly one TensorFlow.js in a thread.
 */
export const requirePackage: NodeJS.Require = createRequire(join(packageRoot, 'package.json'));

/** The version that is installed. */
export function packageVersion(name: string): string {
  return (requirePackage(`${name}/package.json`) as { version: string }).version;
}
