/**
 * The registry of model formats. Their files are read in a thread of their own (reading/); a project's own formats
 * are added there, too, before a model is opened.
 */
import { extname } from 'node:path';
import { byName, Table } from '../../plugins.ts';
import type { ModelFormat } from './format.ts';
import { kerasH5 } from './keras-h5.ts';
import { kerasV3 } from './keras-v3.ts';
import { onnx } from './onnx/format.ts';
import { pytorch, safetensors } from './state-dicts.ts';
import { tfjsLayers } from './tfjs-layers.ts';

/** By name. */
export const modelFormats = new Table<ModelFormat>(
  byName<ModelFormat>([kerasV3, kerasH5, tfjsLayers, onnx, pytorch, safetensors]),
);

/** The format of a file, by its ending; undefined where it is none that is read. */
export function formatOf(path: string): ModelFormat | undefined {
  const ending = extname(path).toLowerCase();
  return modelFormats.values.find(({ endings }) => endings.includes(ending));
}

/** Formats whose files have a network. */
export const networkFormats = (): readonly ModelFormat[] =>
  modelFormats.values.filter(({ weightsOnly }) => !weightsOnly);

/** Files that are models to the command line, for messages. */
export const modelPaths = (): readonly string[] =>
  networkFormats().map(({ endings }) => `path/to/model${endings[0]!}`);

/** How to save a network so that it is read. */
export const savingHint = (): string => kerasV3.saving;

/** What to do about formats that are not read, by their endings. */
export const exportHints: Readonly<Record<string, string>> = {
  '.pb': 'Load it in Python with Keras and save it: model.save("name.keras").',
  '.tflite': 'Save the network it was made from with model.save("name.keras").',
};
