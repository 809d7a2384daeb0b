import { readdir, readFile, stat } from 'node:fs/promises';
import { shortageOf } from './errors.ts';
import { writeError, writeOutput } from './terminal.ts';

/** Everything the pipeline does to the outside except its store and its output: passed in, so that tests can watch it. */
export interface Effects {
  readonly log: Logger;
  readonly files: Files;
  /** Milliseconds since some fixed moment; never written into a report. */
  readonly now: () => number;
}

export interface Logger {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

/** Reading only. Paths are absolute. */
export interface Files {
  readBytes(path: string): Promise<Uint8Array>;
  readText(path: string): Promise<string>;
  /** `undefined` where nothing is there or it may not be seen. */
  stat(path: string): Promise<{ kind: 'file' | 'folder' | 'other'; size: number } | undefined>;
  /** Names of what lies in a folder, in no order; `undefined` where there is no such folder or it may not be seen. */
  list(path: string): Promise<readonly string[] | undefined>;
}

/** Too many open files are no sign that a file is missing or damaged. */
function rethrow(error: unknown, path: string): never {
  throw shortageOf(error, path) ?? error;
}

export const nodeFiles: Files = {
  readBytes: (path) => readFile(path).catch((error: unknown) => rethrow(error, path)),
  readText: (path) => readFile(path, 'utf8').catch((error: unknown) => rethrow(error, path)),
  list: (path) =>
    readdir(path).catch((error: unknown) => {
      const shortage = shortageOf(error, path);
      if (shortage) throw shortage;
      return undefined;
    }),
  async stat(path) {
    try {
      const found = await stat(path);
      return { kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other', size: found.size };
    } catch {
      return undefined;
    }
  },
};

export const consoleLogger: Logger = {
  info: (line) => writeOutput(`${line}\n`),
  warn: (line) => writeError(`${line}\n`),
  error: (line) => writeError(`${line}\n`),
};

export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} };

export const nodeEffects: Effects = { log: consoleLogger, files: nodeFiles, now: () => performance.now() };
