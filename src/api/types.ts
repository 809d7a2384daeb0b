import type { FilterscopeConfig, PluginKey } from '../config/define-config.ts';

/** Where lines for people go; each without its newline. */
export interface Logger {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

/** What all functions understand. What is said here wins over the configuration file, which alone can name plug-ins. */
export interface ProjectOptions extends Omit<FilterscopeConfig, PluginKey> {
  /** The project's folder. By default, the working directory. */
  readonly cwd?: string;
  /** Which experiments, by id. By default, all of them. */
  readonly ids?: readonly string[];
  /** What runs the models. By default, `auto`: native TensorFlow where it is set up, else WebAssembly. */
  readonly backend?: 'auto' | 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';
  /** How many threads and decoded images at a time. By default, as many as the machine has cores. */
  readonly jobs?: number;
  /** By default, nothing is printed. */
  readonly log?: Logger;
  /** Stops the work; what is finished is kept in the cache. */
  readonly signal?: AbortSignal;
}

export interface BuildResult {
  /** Absolute path of the gallery's folder. */
  readonly out: string;
  /** Pieces of work in all, and how many of them were found in the cache. */
  readonly jobs: number;
  readonly cached: number;
  /** Views that were not made, because the code of their technique threw: the gallery is without them. */
  readonly failures: readonly {
    readonly experiment: string;
    readonly view: string;
    readonly technique: string;
    readonly message: string;
  }[];
}

export interface CheckResult {
  readonly experiments: readonly CheckedExperiment[];
  /** Experiments with `optional: true` whose model cannot be had here; with the reason, in words. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/** What a build would do for one experiment. */
export interface CheckedExperiment {
  readonly id: string;
  readonly title: string;
  readonly jobs: number;
  readonly cached: number;
  /** Milliseconds for what is not cached; undefined where nothing like it has been computed here. */
  readonly estimate: number | undefined;
}

export interface DevOptions extends Omit<ProjectOptions, 'ids'> {
  /** Name or address to listen at. By default, `localhost`. */
  readonly host?: string;
  /** By default 4321; the next free one is taken where it is in use. */
  readonly port?: number;
  /** Host names to answer for besides this machine's and `host`. */
  readonly allowedHosts?: readonly string[];
}

export interface DevServer {
  /** Address of the gallery. */
  readonly url: string;
  /** Stops serving and watching. */
  close(): Promise<void>;
}
