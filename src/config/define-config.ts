/** What `filterscope.config.ts` or `filterscope.config.mjs` in the project's folder may say. Every key is optional. */
export interface FilterscopeConfig {
  /** Name of the gallery, in the head of every page. One line, at most 200 characters. */
  readonly title?: string;
  /** Path that the gallery is served under, as `/team/gallery/`: what `preview` uses. By default, the path of `url`, or `/`. */
  readonly base?: string;
  /** Address that the gallery is published at, as `https://example.org/gallery/`: for canonical links and link previews. */
  readonly url?: string;
  /** Folder of the experiment files, relative to the project's folder. By default, `experiments`. */
  readonly experiments?: string;
  /** Folder of the narratives. By default, `content` beside the folder of the experiments. */
  readonly content?: string;
  /** Folder that the gallery is written to. By default, `dist`. */
  readonly out?: string;
  /** Folder that results are kept in. By default, `.filterscope`. */
  readonly cache?: string;
}

/**
 * Gives a configuration its type, for editors; returns it as it is.
 *
 * @example
 * import { defineConfig } from 'filterscope';
 * export default defineConfig({ title: 'Our networks', url: 'https://example.org/gallery/' });
 */
export function defineConfig(config: FilterscopeConfig): FilterscopeConfig {
  return config;
}
