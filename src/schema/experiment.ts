/**
 * The normalized experiment: what an experiment file means once every default is filled in and every short form is
 * written out. Names of layers, filters and images are not resolved here; that is the plan's work.
 */
import type { z } from 'zod/v4';
import type { Place } from '../errors.ts';
import type { GeneratedKind } from './generated.ts';
import type { Preprocess } from './model-words.ts';
import type { NarrativeBlock } from './report.ts';

export type { Preprocess } from './model-words.ts';

export interface Experiment {
  /** The file's name without its ending; part of every URL. */
  readonly id: string;
  readonly title: string;
  /** The file's text as it stands. */
  readonly source: string;
  /** Absolute path of the experiment file. */
  readonly file: string;
  readonly model: ModelSpec;
  /** Absent in experiments that look at no image (kernels only). */
  readonly images?: ImagesSpec;
  readonly optional: boolean;
  readonly seed: number;
  readonly views: readonly ViewSpec[];
  /** Place of the value at a path of keys and indices, e.g. `['views', 0, 'layer']`; of its nearest ancestor that exists. */
  readonly locate: (path: readonly (string | number)[]) => Place;
}

export interface Narrative {
  readonly description?: string | undefined;
  /** Heading that the report stands under in the list of all reports. */
  readonly group?: string | undefined;
  /** Place in that list: lower ones first, those without one last. */
  readonly order?: number | undefined;
  readonly blocks: readonly NarrativeBlock[];
  /** Units that it links to; absent where there are none. */
  readonly units?: readonly LinkedUnit[];
  /** Other reports that it links to; absent where there are none. */
  readonly reports?: readonly LinkedReport[];
  /** In their order; each is a page of its own. */
  readonly chapters: readonly NarrativeChapter[];
}

export interface NarrativeChapter {
  /** Unique in the narrative: part of its page's address. */
  readonly id: string;
  readonly title: string;
  readonly description?: string | undefined;
  readonly blocks: readonly NarrativeBlock[];
  readonly units?: readonly LinkedUnit[];
  readonly reports?: readonly LinkedReport[];
}

/** A unit that a text links to. */
export interface LinkedUnit {
  readonly layer: string;
  readonly filter: number;
  /** Of the link. */
  readonly place: Place;
}

/** Another report of the gallery that a text links to. */
export interface LinkedReport {
  /** An experiment's id, as written. */
  readonly report: string;
  /** Of the link. */
  readonly place: Place;
}

/** One file in a package of a public registry. */
export interface PackagedName {
  readonly registry: 'npm' | 'pypi';
  /** `@scope/name` where npm has it so. */
  readonly package: string;
  /** Exactly one version: never a range or a tag. */
  readonly version: string;
  /** Inside the package, steps separated by slashes; none of them is `.`, `..` or empty. */
  readonly path: string;
}

export interface PackagedFile extends PackagedName {
  /** Of the file itself, hex, lower case. */
  readonly sha256: string;
}

export interface ModelSpec {
  readonly source:
    | { readonly kind: 'zoo'; readonly name: string }
    | { readonly kind: 'file'; readonly path: string /* absolute */ }
    | { readonly kind: 'inline'; readonly layers: readonly InlineLayer[] };
  /**
   * Absolute path of a weight file, a file in a package, `random`, the name of weights that a zoo network brings, or absent:
   * the zoo's own source (inline layers: random).
   */
  readonly weights?: string | PackagedFile | { readonly bundled: string };
  /** Of the last layer's units: names, or an absolute path of a text file with one on each line; absent: the zoo's own. */
  readonly classes?: readonly string[] | { readonly file: string } | 'imagenet';
  /** Name of the output that classes are read from; absent: the last layer, where no other output could be meant. */
  readonly output?: string;
  /** Zoo models only; default true. */
  readonly includeTop: boolean;
  /** [height, width]; absent: the model's own. */
  readonly input?: readonly [number, number];
  /** Channels of an inline stack's input; default 3. */
  readonly inputChannels: 1 | 3;
  /** Absent: the zoo's own; files and inline stacks default to `unit`. */
  readonly preprocess?: Preprocess;
}

/** A layer of an inline stack as a network has it. */
export interface InlineLayer {
  /** Unique in the network; made from the type and a running number where the file gives none. */
  readonly name: string;
  /** Name of the layer whose output this one takes, or `input`; default: the layer before. Lets one network branch. */
  readonly from: string;
  /** The class name of its layer type, Keras' where there is one. */
  readonly type: string;
  /** Options of that type, all of them. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface ImagesSpec {
  /** Where images come from; several sources are read in this order. Paths and patterns are absolute. */
  readonly sources: readonly (
    | { readonly kind: 'folder'; readonly path: string }
    | { readonly kind: 'files'; readonly paths: readonly string[]; readonly class?: string }
    | { readonly kind: 'glob'; readonly pattern: string; readonly base: string }
    | GeneratedSource
  )[];
  readonly fit: 'stretch' | 'cover' | 'contain';
  /** A part of every image, before fitting: fractions of its size where all are at most 1, whole pixels otherwise. */
  readonly crop?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Cuts every image (after `crop`) into rows x columns images of their own. */
  readonly tiles?: { readonly rows: number; readonly columns: number };
  /** At most so many images, evenly over the classes in natural order. */
  readonly limit?: number;
  /** What pages call images, by the path or the name of their files. */
  readonly names?: ReadonlyMap<string, string>;
}

/** Images that the program draws itself. */
export interface GeneratedSource {
  readonly kind: 'generated';
  readonly what: GeneratedKind;
  /** In the order in which they are drawn; empty for what has none. */
  readonly classes: readonly string[];
  /** In all, spread evenly over the classes, the first ones taking what is left over. */
  readonly count: number;
  /** [height, width] */
  readonly size: readonly [number, number];
  readonly seed: number;
}

export type LayerSelector =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'first-conv' | 'last-conv' | 'all-conv' | 'all' };

export type FilterSelector =
  | { readonly kind: 'all' }
  | { readonly kind: 'indices'; readonly indices: readonly number[] }
  | { readonly kind: 'first'; readonly count: number }
  | { readonly kind: 'random'; readonly count: number };

export type ImageSelector =
  | { readonly kind: 'all' }
  /** Negative ones count from the end. */
  | { readonly kind: 'indices'; readonly indices: readonly number[] }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'class'; readonly class: string };

/** One view: which technique, and that technique's own settings, already checked by its schema, defaults filled in. */
export interface ViewSpec<S = unknown> {
  readonly id: string;
  readonly title: string;
  readonly technique: string;
  readonly settings: S;
  /** The settings in the words of the experiment file, defaults included: what report.json says. */
  readonly written: Readonly<Record<string, unknown>>;
  /** Position in the file's list of views; `['views', index, …]` is what `Experiment.locate` takes. */
  readonly index: number;
}

/** What the schema needs of a technique: its name and the strict zod object of its settings. */
export interface TechniqueSchema {
  readonly name: string;
  readonly settings: z.ZodObject;
  /**
   * Id and title for a view that gives none, from its settings as `written`, but `layers` where the file says `layer`. By default the
   * technique's name and the view's layers, at most three in an id: `top-patches-conv1-conv2`, `Top patches of conv1, conv2`.
   */
  readonly defaultId?: (settings: Readonly<Record<string, unknown>>) => string;
  readonly defaultTitle?: (settings: Readonly<Record<string, unknown>>) => string;
}
