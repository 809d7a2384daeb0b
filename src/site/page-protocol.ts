import type { KnownPages, RenderNotes } from './kept-pages.ts';
import type { PluginCode } from '../plugins.ts';
import type { SiteContext } from './site-context.ts';
import type { Titles } from './title-slots.ts';

/** What pages are rendered from, and where they go. */
export interface RenderRequest {
  readonly site: SiteContext;
  /** Where the pages go; absolute. */
  readonly outDir: string;
  /** What is known of pages that were rendered before. */
  readonly known: KnownPages;
  /** Titles of views, by the names that they are read by. */
  readonly titles: Titles;
  /** Runs in the process, for the presentations in it. */
  readonly plugins?: PluginCode | undefined;
}

/** What one of the processes that render pages is told first of all. */
export interface OpenRequest extends RenderRequest {
  /** It is the one that has the first tasks. */
  readonly isFirst: boolean;
}

/** What a process that renders pages is asked, one at a time. */
export type PageRequest =
  /** First of all. */
  | ({ readonly do: 'open' } & OpenRequest)
  /** @param task its number: from 0, below the `tasks` of the answer to `open` */
  | { readonly do: 'task'; readonly task: number };

/** What it answers. */
export type PageReply =
  | ({ readonly kind: 'opened' } & Listed)
  | {
      readonly kind: 'done';
      /** Of what the task rendered. */
      readonly notes: RenderNotes['parts'];
      /** Of presentations that failed, since the last answer. */
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly stack: string;
      /** Where the disk is the reason. */
      readonly code: string | undefined;
      readonly path: string | undefined;
    };

export interface Listed {
  /** How many pages there are in all. */
  readonly pages: number;
  /** Of them, those that are rendered and not taken from the gallery before. */
  readonly rendered: number;
  /** Names of the parts that are taken. */
  readonly taken: readonly string[];
  readonly units: RenderNotes['units'];
  /** What the list of parts was made from. */
  readonly list: RenderNotes['list'];
  /** How many there are. Neighbours read the same files. */
  readonly tasks: number;
}

/** All that is to be rendered, in tasks that any process can run in any order. */
export interface OpenedPages extends Listed {
  readonly run: (task: number) => Promise<RenderNotes['parts']>;
}

/** What the compiled pages export. */
export interface Pages {
  /** @see page-module.ts */
  openPages(request: OpenRequest): Promise<OpenedPages>;
  /**
   * One page of what the data folder holds now, for a server.
   * @param path its folders, decoded
   */
  renderPage(path: readonly string[]): Promise<ServedPage>;
}

export interface ServedPage {
  readonly html: string;
  /** False where there is no such page: it says so then. */
  readonly isFound: boolean;
}
