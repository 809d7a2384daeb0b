import type { renderPages } from './page-module.ts';
import type { PluginCode } from '../plugins.ts';
import type { SiteContext } from './site-context.ts';

/** What the process that renders pages is asked. */
export interface RenderRequest {
  readonly site: SiteContext;
  /** Where the pages go; absolute. */
  readonly outDir: string;
  /** Runs in the process, for the presentations in it. */
  readonly plugins?: PluginCode | undefined;
}

/** What it answers. */
export type RenderReply =
  | {
      readonly pages: number;
      /** Of presentations that failed. */
      readonly warnings: readonly string[];
    }
  | {
      readonly failure: {
        readonly message: string;
        readonly stack: string;
        /** Where the disk is the reason. */
        readonly code: string | undefined;
        readonly path: string | undefined;
      };
    };

/** What the compiled pages export. */
export interface Pages {
  readonly renderPages: typeof renderPages;
}
