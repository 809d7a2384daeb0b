/** Makes a page independent of the rest of its gallery: what leads outside leads to the published gallery, or nowhere. Pure. */
import {
  attribute,
  classesOf,
  encodePath,
  remove,
  resolveTarget,
  setAttribute,
  type PageElement,
  type PageTree,
} from './page-tree.ts';

export interface DetachOptions {
  /** The page, from the gallery's folder: `cats/index.html`. */
  readonly file: string;
  /** Address that the gallery is published at, with a slash at its end. */
  readonly url: string | undefined;
  /** Whether a file of the gallery is part of the export. */
  readonly isBundled: (file: string) => boolean;
}

/** Attributes of a link that make no sense where it leads nowhere. */
const OF_LINKS = ['href', 'rel', 'download', 'target', 'data-cells'];

/** Removes the search, which covers the whole gallery, and redirects links to files that are not part of the export. */
export function detachPage(page: PageTree, options: DetachOptions): void {
  for (const element of page.elements) {
    if (isOfGallery(element, options)) remove(element);
    else if (element.tagName === 'a') redirect(element, options);
    else if (element.tagName === 'meta') detachPreview(element, options);
  }
}

function isOfGallery(element: PageElement, { file, url, isBundled }: DetachOptions): boolean {
  const classes = classesOf(element);
  if (element.tagName === 'form' && classes.includes('search')) return true;
  if (url !== undefined) return false;
  // Names of neighbours that cannot be turned to.
  if (element.tagName === 'nav' && classes.includes('pager')) return true;
  if (element.tagName !== 'a') return false;
  // What cannot be loaded, and pages of the gallery.
  const isLoose = attribute(element, 'download') !== undefined || isInFoot(element);
  const target = resolveTarget(attribute(element, 'href') ?? '', file);
  return isLoose && target !== undefined && !isBundled(target.file);
}

function isInFoot({ parentNode }: PageElement): boolean {
  return parentNode !== null && 'tagName' in parentNode && classesOf(parentNode).includes('foot');
}

function redirect(element: PageElement, { file, url, isBundled }: DetachOptions): void {
  const address = attribute(element, 'href');
  const target = address === undefined ? undefined : resolveTarget(address, file);
  if (!target) return;
  if (target.file === file) setAttribute(element, 'href', target.rest || '#');
  else if (isBundled(target.file)) return;
  else if (url !== undefined)
    setAttribute(element, 'href', new URL(encodePath(target.file) + target.rest, url).href);
  else for (const name of OF_LINKS) setAttribute(element, name, undefined);
}

/** Images of link previews have absolute addresses, or none. */
function detachPreview(element: PageElement, { file, url }: DetachOptions): void {
  const name = attribute(element, 'property') ?? attribute(element, 'name') ?? '';
  if (!/^(?:og|twitter):image$/.test(name)) return;
  const target = resolveTarget(attribute(element, 'content') ?? '', file);
  if (!target) return;
  if (url === undefined) remove(element);
  else setAttribute(element, 'content', new URL(encodePath(target.file), url).href);
}
