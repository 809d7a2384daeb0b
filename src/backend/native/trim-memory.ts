import { tf } from '../tf.ts';
import { nativeBackend } from './backend.ts';

/** Hands memory that a network has freed back to the system, where the native backend can. */
export function trimMemory(): void {
  if (tf.getBackend() === 'tensorflow') nativeBackend().binding.trimMemory?.();
}
