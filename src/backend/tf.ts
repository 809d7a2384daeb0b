import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as TensorFlow from '@tensorflow/tfjs';
import { packageRoot } from '../package-root.ts';

/**
 * Loads CommonJS packages as this package sees them, from source and from the bundle alike. The native addon's
 * JavaScript does the same, so there is exactly one engine in a thread.
 */
export const requirePackage: NodeJS.Require = createRequire(join(packageRoot, 'package.json'));

/** The one TensorFlow.js of this thread. No backend is chosen yet: `chooseBackend` does that. */
export const tf = requirePackage('@tensorflow/tfjs') as typeof TensorFlow;

// The JavaScript backend greets everyone on first use with an advertisement for another package.
const javascript = tf.findBackend('cpu') as unknown as { firstUse?: boolean } | null;
if (javascript) javascript.firstUse = false;
