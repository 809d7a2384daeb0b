import { resolve } from 'node:path';
import { resolveLocation } from '../store/shared/location.ts';
import type { FilterscopeConfig } from './define-config.ts';

/** A configuration with its defaults. Paths are absolute. */
export interface Project {
  readonly experiments: string;
  readonly content: string;
  readonly out: string;
  readonly cache: string;
  /** A shared store: a folder or `s3://bucket/prefix`. */
  readonly store?: string;
  /** Path that the gallery is served under; begins and ends with a slash. */
  readonly base: string;
  /** Where the configuration says so; the address ends with a slash. */
  readonly settings: { readonly title?: string; readonly url?: string; readonly base?: string };
}

/** Names of a project's folders; options of the same names on the command line. */
export const PROJECT_FOLDERS = ['experiments', 'content', 'out', 'cache', 'store'] as const;

/**
 * What holds in a project.
 * @param folder absolute, the project's: relative paths are taken from there
 * @param config checked; what a command line says has replaced what the file says
 */
export function resolveProject(folder: string, config: FilterscopeConfig): Project {
  const { title, url, experiments = 'experiments', content, out = 'dist', cache = '.filterscope' } = config;
  const directory = resolve(folder, experiments);
  const address = url === undefined ? undefined : withSlash(new URL(url).href);
  const base = config.base ?? (address === undefined ? '/' : new URL(address).pathname);
  return {
    experiments: directory,
    content: content === undefined ? resolve(directory, '..', 'content') : resolve(folder, content),
    out: resolve(folder, out),
    cache: resolve(folder, cache),
    ...(config.store !== undefined && { store: resolveLocation(folder, config.store) }),
    base: withSlash(base),
    settings: {
      ...(title !== undefined && { title }),
      ...(address !== undefined && { url: address }),
      ...(config.base !== undefined && { base: encoded(withSlash(base)) }),
    },
  };
}

/** As it stands in an address. */
const encoded = (path: string): string => new URL(`http://localhost${path}`).pathname;

const withSlash = (path: string): string => (path.endsWith('/') ? path : `${path}/`);
