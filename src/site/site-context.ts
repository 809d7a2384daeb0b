/**
 * What build and dev tell the pages. They are a module graph of their own, which shares nothing but the process with the code that
 * starts them.
 */

import { guarded } from './guarded-presentation.ts';
import type { OwnPresentation } from './techniques/presentation.ts';

/** What a project's configuration says of its gallery. */
export interface SiteSettings {
  /** Name of the gallery; the program's where it is absent. */
  readonly title?: string | undefined;
  /** Address that the gallery is published at, with a slash at its end. */
  readonly url?: string | undefined;
  /** Path that it is served under, encoded, with a slash at both ends; that of `url` where it is absent. */
  readonly base?: string | undefined;
}

/** Of one gallery. */
export interface SiteContext extends SiteSettings {
  /** Folder with gallery.json, <id>/report.json and <id>/panels/. Absolute. */
  readonly dataDir: string;
  /** Of Filterscope. */
  readonly version: string;
  /** Names of the style sheet, the script and the program's mark below assets/. */
  readonly style: string;
  readonly script: string;
  readonly theme: string;
  readonly mark: string;
  /** Name of the search's script. */
  readonly search: string;
  /** Names of the script and the style sheet of the viewer of panels. */
  readonly viewer: string;
  readonly viewerStyle: string;
  /** Name of the script of the page of comparisons. */
  readonly compare: string;
  /** Names of the fonts of what a page shows first. */
  readonly fonts: readonly string[];
  /** True where pages are served while they are being made. */
  readonly dev: boolean;
}

/** A project's own, by technique. Pages that are compiled do not share modules with the code that sets it. */
const OWN = Symbol.for('filterscope.site.presentations');
const KEY = Symbol.for('filterscope.site.context');
const shared = globalThis as { [KEY]?: SiteContext; [OWN]?: ReadonlyMap<string, OwnPresentation> };

/** To be called before the first page is rendered. */
export function setSiteContext(site: SiteContext): void {
  shared[KEY] = site;
}

export function siteContext(): SiteContext {
  if (!shared[KEY]) throw new Error('the site has no context: call setSiteContext first');
  return shared[KEY];
}

/**
 * To be called before the first page is rendered.
 * @param list each with its technique, of which there is one
 * @param warn called once for each function in them that fails
 */
export function setOwnPresentations(list: readonly OwnPresentation[], warn: (message: string) => void): void {
  shared[OWN] = new Map(list.map((each) => [each.technique, guarded(each, warn)]));
}

export function ownPresentations(): ReadonlyMap<string, OwnPresentation> {
  return shared[OWN] ?? new Map();
}
