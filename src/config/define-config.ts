import type { z } from 'zod/v4';
import type { Colormap } from '../schema/colormaps.ts';
import type { ModelFormat } from '../model/formats/format.ts';
import type { OwnLayerType } from '../model/use-plugins.ts';
import type { OwnPresentation } from '../site/techniques/presentation.ts';
import type { Technique } from '../techniques/technique.ts';

export interface NamedColormap extends Colormap {
  /** What experiment files call it: lower-case letters, digits and hyphens. */
  readonly name: string;
}

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
  /** Shared store behind the cache: a folder, or `s3://bucket/prefix`. By default, none. */
  readonly store?: string;
  /** Techniques of your own, by `defineTechnique`. */
  readonly techniques?: readonly Technique[];
  /** Layer types of your own, by `defineLayer`. */
  readonly layers?: readonly OwnLayerType[];
  /** Model formats of your own, by `defineFormat`. */
  readonly formats?: readonly ModelFormat[];
  /** Colormaps of your own, by `defineColormap`. */
  readonly colormaps?: readonly NamedColormap[];
  /** What pages show of techniques of your own, by `definePresentation`. */
  readonly presentations?: readonly OwnPresentation[];
}

/** Lists of the configuration whose code threads and processes run again: they must stand in the file. */
export type PluginKey = 'techniques' | 'layers' | 'formats' | 'colormaps' | 'presentations';

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

/**
 * Gives a technique its type, for editors and for the settings that its `plan` is given; returns it as it is. Named in `techniques` of the
 * configuration, experiment files may use it.
 *
 * `plan` runs before any model, `compute` in the thread that has the model. Both must depend on nothing but what they are given.
 */
export function defineTechnique<S extends z.ZodObject>(technique: Technique<S>): Technique {
  return technique as unknown as Technique;
}

/**
 * Gives a layer type its type. Model files may have such layers, by `name` or one of `aliases`; inline stacks write them as `inline` says.
 * What is linear in its inputs or differentiable by TensorFlow.js needs no backward pass of its own.
 */
export function defineLayer(layer: OwnLayerType): OwnLayerType {
  return layer;
}

/**
 * Gives a model format its type. It reads files in a thread of its own, which is ended after a time that depends on the file's size. Throw a
 * `UserError` where a file is wrong.
 */
export function defineFormat(format: ModelFormat): ModelFormat {
  return format;
}

/** Gives a colormap its type. Experiment files may name it in `colormap`. */
export function defineColormap(colormap: NamedColormap): NamedColormap {
  return colormap;
}

/** Gives what pages show of a technique its type. Without one, panels are shown as a plain grid. */
export function definePresentation(presentation: OwnPresentation): OwnPresentation {
  return presentation;
}
