import { SiteData } from './data.ts';
import { generation } from './generation.ts';
import { siteContext } from './site-context.ts';

let current: { readonly generation: number; readonly data: SiteData } | undefined;

/** The gallery's data, read again after a rebuild. */
export function siteData(): SiteData {
  if (current?.generation !== generation()) {
    current = { generation: generation(), data: new SiteData(siteContext().dataDir) };
  }
  return current.data;
}
