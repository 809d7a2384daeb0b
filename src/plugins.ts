/**
 * A project's own techniques, formats, layers, colormaps and presentations. `filterscope.config` imports them; the config, bundled into
 * one module, is run again in every thread and process that needs them, because functions cannot be sent there.
 */

import { SourceMap, type SourceMapPayload } from 'node:module';

/** The bundled configuration. */
export interface PluginCode {
  /** JavaScript, an ES module whose default export is the configuration. */
  readonly module: string;
  /** SHA-256 of the local files that the configuration imports: part of the keys of what they compute. */
  readonly sum: string;
}

/** Lists of the configuration, checked where it was first read. */
export interface Plugins {
  readonly techniques?: readonly unknown[];
  readonly formats?: readonly unknown[];
  readonly layers?: readonly unknown[];
  readonly colormaps?: readonly unknown[];
  readonly presentations?: readonly unknown[];
}

let current: PluginCode | undefined;

/** What threads and processes that are started from now on are given. */
export function setPluginCode(code: PluginCode | undefined): void {
  current = code;
}

export function pluginCode(): PluginCode | undefined {
  return current;
}

/** Runs the configuration in this thread. @throws whatever its modules throw */
export async function importModule({ module }: PluginCode): Promise<Readonly<Record<string, unknown>>> {
  const url = `data:text/javascript;base64,${Buffer.from(module).toString('base64')}`;
  return (await import(url)) as Readonly<Record<string, unknown>>;
}

/** The lists of the configuration, as this thread has them. */
export async function importPlugins(code: PluginCode): Promise<Plugins> {
  return (await importModule(code))['default'] as Plugins;
}

const FRAME = /data:text\/javascript;base64,[^\s:)]*:(\d+):(\d+)/;
const MAP = /\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/;

/** Where in the project's modules the first frame of a stack is, as `plugins/saliency.ts:12:5`; undefined where none is in them. */
function placeInPlugins(stack: string): string | undefined {
  const frame = FRAME.exec(stack);
  const map = current && MAP.exec(current.module);
  if (!frame || !map) return undefined;
  const payload = JSON.parse(Buffer.from(map[1]!, 'base64').toString()) as SourceMapPayload;
  const entry = new SourceMap(payload).findEntry(Number(frame[1]) - 1, Number(frame[2]) - 1);
  if (!('originalSource' in entry)) return undefined;
  return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

/** `TypeError: x is undefined (plugins/saliency.ts:12:5)`; the place where it is in the project's own modules. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const place = placeInPlugins(thrown.stack ?? '');
  return `${thrown.name}: ${thrown.message}${place === undefined ? '' : ` (${place})`}`;
}

/** Entries of a table out of a list of what has names. */
export function byName<T extends { readonly name: string }>(list: readonly T[]): Record<string, T> {
  return Object.fromEntries(list.map((each) => [each.name, each]));
}

/** A table of this program with the entries that a project adds. Names are unique; `use` is called once a project is opened. */
export class Table<T> {
  readonly #builtIn: ReadonlyMap<string, T>;
  #own: ReadonlyMap<string, T> = new Map();
  /** Of the code that the project's own entries come from. */
  #sum: string | undefined;

  constructor(entries: Readonly<Record<string, T>>) {
    this.#builtIn = new Map(Object.entries(entries));
  }

  /** Replaces the project's own entries. @param sum of `PluginCode` */
  use(entries: Readonly<Record<string, T>>, sum?: string): void {
    this.#own = new Map(Object.entries(entries));
    this.#sum = sum;
  }

  get(name: string): T | undefined {
    return this.#builtIn.get(name) ?? this.#own.get(name);
  }

  has(name: string): boolean {
    return this.#builtIn.has(name) || this.#own.has(name);
  }

  isBuiltIn(name: string): boolean {
    return this.#builtIn.has(name);
  }

  /** What keys of results hold beside the entry's name: undefined for a built-in entry, whose code has a version. */
  codeOf(name: string): string | undefined {
    return this.#own.has(name) ? this.#sum : undefined;
  }

  get names(): readonly string[] {
    return [...this.#builtIn.keys(), ...this.#own.keys()];
  }

  get values(): readonly T[] {
    return [...this.#builtIn.values(), ...this.#own.values()];
  }

  get entries(): readonly (readonly [name: string, entry: T])[] {
    return [...this.#builtIn, ...this.#own];
  }

  get builtIn(): readonly T[] {
    return [...this.#builtIn.values()];
  }
}
