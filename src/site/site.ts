import { SiteData } from './data.ts';
import { generation } from './generation.ts';

/** What the build or the dev server tells the pages; Vite puts it in place of the name. */
declare const __FILTERSCOPE__: {
  /** Absolute path of the data folder. */
  readonly dataDir: string;
  readonly version: string;
  readonly style: string;
  readonly script: string;
  readonly mark: string;
  readonly dev: boolean;
};

let current: { readonly generation: number; readonly data: SiteData } | undefined;

/** The gallery's data, read again after a rebuild. */
export function siteData(): SiteData {
  if (current?.generation !== generation()) {
    current = { generation: generation(), data: new SiteData(__FILTERSCOPE__.dataDir) };
  }
  return current.data;
}

/** Version of Filterscope, names of the style sheet, the script and its mark below assets/, and who asks for pages. */
export const { version, style, script, mark, dev } = __FILTERSCOPE__;
