import { statSync } from 'node:fs';
import type { ModelFile } from '../formats/format.ts';
import type { ModelFileName } from './requests.ts';

/** Opens model files, and keeps the last one: mostly its weights are asked for next. */
export class OpenedModels {
  #last: { readonly key: string; readonly model: ModelFile } | undefined;

  constructor(private readonly read: (file: ModelFileName) => Promise<ModelFile>) {}

  async open(file: ModelFileName): Promise<ModelFile> {
    this.#last = undefined;
    const model = await this.read(file);
    const key = keyOf(file, model);
    if (key !== undefined) this.#last = { key, model };
    return model;
  }

  /** The one that was opened last, if it is the same and no file of it has changed since; to be used once. */
  async take(file: ModelFileName): Promise<ModelFile> {
    const last = this.#last;
    this.#last = undefined;
    return last && last.key === keyOf(file, last.model) ? last.model : this.read(file);
  }
}

/** Tells a model from others and from itself at other times; undefined where one of its files is not there. */
function keyOf(file: ModelFileName, { weightFiles = [] }: ModelFile): string | undefined {
  try {
    const files = [file.path, ...weightFiles].map((path) => {
      const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
      return [path, dev, ino, size, mtimeNs, ctimeNs].join(' ');
    });
    return JSON.stringify([file, files]);
  } catch {
    return undefined;
  }
}
