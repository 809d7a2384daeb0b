import { tf } from '../tf.ts';
import { recordingBackend } from './recording.ts';

/** Hands memory that a network has freed back to the system, where the native backend can. */
export function trimMemory(): void {
  if (tf.getBackend() === 'tensorflow') recordingBackend().binding.trimMemory?.();
}
