import { SiteData } from './data.ts';

/** What the build or the dev server tells the pages; Vite puts it in place of the name. */
declare const __FILTERSCOPE__: {
  /** Absolute path of the data folder. */
  readonly dataDir: string;
  readonly version: string;
  readonly style: string;
  readonly script: string;
};

/** Raised by the dev server whenever the data folder has changed; always absent in a build. */
const generation = Symbol.for('filterscope.site.generation');

let current: { readonly generation: unknown; readonly data: SiteData } | undefined;

/** The gallery's data, read again after a rebuild. */
export function siteData(): SiteData {
  const now = (globalThis as { [generation]?: number })[generation];
  if (!current || current.generation !== now) {
    current = { generation: now, data: new SiteData(__FILTERSCOPE__.dataDir) };
  }
  return current.data;
}

/** Version of Filterscope, and names of the style sheet and the script below assets/. */
export const { version, style, script } = __FILTERSCOPE__;
