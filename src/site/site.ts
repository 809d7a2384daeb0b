import { SiteData } from './data.ts';
import { generation } from './generation.ts';
import { told } from './told.ts';

let current: { readonly generation: number; readonly data: SiteData } | undefined;

/** The gallery's data, read again after a rebuild. */
export function siteData(): SiteData {
  if (current?.generation !== generation()) {
    current = { generation: generation(), data: new SiteData(told().dataDir) };
  }
  return current.data;
}
