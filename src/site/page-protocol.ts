import type { KeptPages, RenderNotes } from './kept-pages.ts';
import type { openPages } from './page-module.ts';
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

/** What a process that renders pages is asked, one at a time. */
export type PageRequest =
  /** First of all; without `site.searchData` it writes the search's data, too. */
  | ({ readonly do: 'open' } & RenderRequest)
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
      /** Name of the search's data below assets/. */
      readonly searchData: string;
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

/** What the compiled pages export. */
export interface Pages {
  readonly openPages: typeof openPages;
}
