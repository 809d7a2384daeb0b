import manifest from '../../package.json' with { type: 'json' };
import { nativeFolder } from '../package-root.ts';
import type { PipelineOptions } from '../pipeline/plan/prepare.ts';
import type { Progress } from '../pipeline/progress.ts';
import type { SharedOptions } from './shared-options.ts';
import type { Task } from './shell.ts';

/** Where setup-native puts TensorFlow. */
export const nativeDir = nativeFolder(process.cwd());

/** The shared options in the form the pipeline takes. */
export function galleryOptions(options: SharedOptions): PipelineOptions & { readonly out: string } {
  const { backend, experiments, content, out, cache, store, jobs } = options;
  return {
    ...{ backend, experiments, content, out, cache, nativeDir, version: manifest.version },
    ...(store === undefined ? {} : { store }),
    ...(jobs === undefined ? {} : { jobs }),
  };
}

/** JSON where asked for; a bar for a person at a terminal; plain lines for logs. */
export async function chooseProgress({ options, effects, print }: Task): Promise<Progress> {
  const { barProgress, jsonProgress, plainProgress } = await import('../pipeline/progress.ts');
  if (options.json) return jsonProgress(print);
  if (process.stderr.isTTY && !options.quiet) return barProgress(effects.log);
  return plainProgress(effects.log, effects.now);
}
