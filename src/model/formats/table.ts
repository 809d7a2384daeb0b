/**
 * The registry of model formats. Their files are read in a thread of their own (reading/); a format that another module adds has to be
 * registered there too, before a model is opened.
 */
import { extname } from 'node:path';
import type { ModelFormat } from './format.ts';
import { kerasH5 } from './keras-h5.ts';
import { kerasV3 } from './keras-v3.ts';
import { tfjsLayers } from './tfjs-layers.ts';

const formats: ModelFormat[] = [];

/** @throws Error where its name or one of its endings is taken */
export function registerModelFormat(format: ModelFormat): void {
  const taken = formats.find(
    ({ name, endings }) => name === format.name || endings.some((ending) => format.endings.includes(ending)),
  );
  if (taken) throw new Error(`the model format ${taken.name} has the same name or ending`);
  formats.push(format);
}

[kerasV3, kerasH5, tfjsLayers].forEach(registerModelFormat);

export const modelFormats = (): readonly ModelFormat[] => formats;

/** The format of a file, by its ending; undefined where it is none that is read. */
export function formatOf(path: string): ModelFormat | undefined {
  const ending = extname(path).toLowerCase();
  return formats.find(({ endings }) => endings.includes(ending));
}

/** Files that are models to the command line, for messages. */
export const modelPaths = (): readonly string[] =>
  formats.map(({ endings }) => `path/to/model${endings[0]!}`);

/** How to save a network so that it is read. */
export const savingHint = (): string => formats[0]!.saving;

/** What to do about formats that are not read, by their endings. */
export const exportHints: Readonly<Record<string, string>> = {
  '.pb': 'Load it in Python with Keras and save it: model.save("name.keras").',
  '.pt': 'PyTorch files hold code: rebuild the network in Keras and save it with model.save("name.keras").',
  '.pth': 'PyTorch files hold code: rebuild the network in Keras and save it with model.save("name.keras").',
  '.onnx': 'Convert it to Keras and save it with model.save("name.keras").',
  '.tflite': 'Save the network it was made from with model.save("name.keras").',
  '.safetensors':
    'It holds weights without a network: load them in Keras and save with model.save("name.keras").',
};
