import { existsSync } from 'node:fs';
import { isAbsolute, relative, sep } from 'node:path';
import type { PipelineOptions } from '../pipeline/plan/prepare.ts';

/** Which experiments `dev` has to build again after some files changed: those alone whose own files they are, where that is known. */
export class ChangedExperiments {
  /** Ids that wait for a build that succeeds; undefined: all of them. */
  #waiting: Set<string> | undefined;

  constructor(private readonly options: Pick<PipelineOptions, 'experiments' | 'content'>) {}

  /**
   * @param paths absolute
   * @param known ids of the experiments that were there at the last build
   */
  add(paths: readonly string[], known: ReadonlySet<string>): void {
    for (const path of paths) {
      const id = this.#ownerOf(path);
      // A file that is new or gone changes which experiments there are; images and weights may be anybody's.
      if (id === undefined || !known.has(id) || !existsSync(path)) this.#waiting = undefined;
      else this.#waiting?.add(id);
    }
  }

  /** What to build: [] is all. */
  get ids(): readonly string[] {
    return [...(this.#waiting ?? [])].sort();
  }

  /** All that waited is built, but for these. */
  builtAllBut(ids: readonly string[]): void {
    this.#waiting = new Set(ids);
  }

  /** The next build is of all. */
  requireAll(): void {
    this.#waiting = undefined;
  }

  /** Of an experiment file, its text or one of its chapters. */
  #ownerOf(path: string): string | undefined {
    const { experiments, content } = this.options;
    const [, file] = /^(?:.*[/])?([^/]+)[.]ya?ml$/.exec(below(experiments, path) ?? '') ?? [];
    const [, text] = /^([^/]+?)(?:[.]md|[/][^/]+[.]md)$/.exec(below(content, path) ?? '') ?? [];
    return file ?? text;
  }
}

/** From the folder, with forward slashes; undefined where the path is not in it. */
function below(folder: string, path: string): string | undefined {
  const found = relative(folder, path);
  return found === '' || found.startsWith('..') || isAbsolute(found) ? undefined : found.split(sep).join('/');
}
