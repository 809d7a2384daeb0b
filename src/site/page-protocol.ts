import type { KeptPages, RenderNotes } from './kept-pages.ts';
import type { PluginCode } from '../plugins.ts';
import type { SiteContext } from './site-context.ts';

/** What pages are rendered from, and where they go. */
export interface RenderRequest {
  readonly site: SiteContext;
  /** Where the pages go; absolute. */
  readonly outDir: string;
  /** What is known of pages that were rendered before. */
  readonly kept: KeptPages;
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
  | {
      readonly kind: 'opened';
      /** How many pages there are in all, and how many tasks they are divided into. */
      readonly pages: number;
      readonly tasks: number;
      /** How many of the pages are rendered; the others are taken from the gallery before. */
      readonly rendered: number;
      readonly units: RenderNotes['units'];
    }
  | {
      readonly kind: 'done';
      /** Of what the task rendered or took. */
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

/** All that is to be rendered, in tasks that any process can run in any order. */
export interface OpenedPages {
  readonly pages: number;
  /** Of them, those that are rendered and not taken from the gallery before. */
  readonly rendered: number;
  readonly units: RenderNotes['units'];
  /** How many there are. Neighbours read the same files. */
  readonly tasks: number;
  readonly run: (task: number) => Promise<RenderNotes['parts']>;
}

/** What the compiled pages export. */
export interface Pages {
  /** @see page-module.ts */
  openPages(request: OpenRequest): Promise<OpenedPages>;
}
