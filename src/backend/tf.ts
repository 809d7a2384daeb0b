import type * as TensorFlow from '@tensorflow/tfjs';
import { requirePackage } from './require-package.ts';

/** The one TensorFlow.js of this thread. No backend is chosen yet: `chooseBackend` does that. */
export const tf = requirePackage('@tensorflow/tfjs') as typeof TensorFlow;

// The JavaScript backend greets everyone on first use with an advertisement for another package.
const javascript = tf.findBackend('cpu') as unknown as { firstUse?: boolean } | null;
if (javascript) javascript.firstUse = false;
