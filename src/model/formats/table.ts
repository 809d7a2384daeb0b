import type { ModelFile, ReadOptions } from './format.ts';
import { readKerasH5 } from './keras-h5.ts';
import { readKerasV3 } from './keras-v3.ts';
import { readTfjsLayers } from './tfjs-layers.ts';

/** Reads a model file as far as its architecture. @param path absolute */
export type ModelReader = (path: string, options: ReadOptions) => Promise<ModelFile>;

/** Model formats by the endings of their files. They are read in a thread of their own: see reading/. */
export const formats: Readonly<Record<string, ModelReader>> = {
  '.keras': readKerasV3,
  '.h5': readKerasH5,
  '.hdf5': readKerasH5,
  '.json': readTfjsLayers,
};
