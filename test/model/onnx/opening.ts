import { openModel } from '../../../src/model/open.ts';
import type { ModelSource } from '../../../src/model/open.ts';
import type { Preprocess } from '../../../src/schema/experiment.ts';

/** Opens a model file as the command line does. */
export function openOnnx(
  path: string,
  options: { readonly input?: readonly [number, number]; readonly preprocess?: Preprocess } = {},
): Promise<ModelSource> {
  return openModel(
    { source: { kind: 'file', path }, includeTop: true, inputChannels: 3, ...options },
    { cacheDir: '/nonexistent', seed: 1, place: () => ({ file: 'test' }) },
  );
}
