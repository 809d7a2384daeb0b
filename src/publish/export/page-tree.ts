/** A page of the gallery as a tree of elements, and what its links and files name. Pure. */
import { parse, serialize, type DefaultTreeAdapterTypes as Tree } from 'parse5';

export type PageElement = Tree.Element;

export interface PageTree {
  /** In the order of the page. */
  readonly elements: readonly PageElement[];
  toHtml(): string;
}

export function readPage(html: string): PageTree {
  // What stands for scripts that are off consists of elements, too.
  const document = parse(html, { scriptingEnabled: false });
  const elements: PageElement[] = [];
  const visit = (node: Tree.Node): void => {
    if ('tagName' in node) elements.push(node);
    if ('content' in node) visit(node.content);
    if ('childNodes' in node) node.childNodes.forEach(visit);
  };
  visit(document);
  return { elements, toHtml: () => `${serialize(document)}\n` };
}

export function attribute(element: PageElement, name: string): string | undefined {
  return element.attrs.find((each) => each.name === name)?.value;
}

/** Undefined removes it. */
export function setAttribute(element: PageElement, name: string, value: string | undefined): void {
  const found = element.attrs.find((each) => each.name === name);
  if (value === undefined) element.attrs = element.attrs.filter((each) => each !== found);
  else if (found) found.value = value;
  else element.attrs.push({ name, value });
}

export const classesOf = (element: PageElement): readonly string[] =>
  (attribute(element, 'class') ?? '').split(/\s+/).filter(Boolean);

export function remove(element: PageElement): void {
  const { parentNode } = element;
  if (!parentNode) return;
  parentNode.childNodes.splice(parentNode.childNodes.indexOf(element), 1);
  element.parentNode = null;
}

export function append(element: PageElement, parent: PageElement): void {
  remove(element);
  element.parentNode = parent;
  parent.childNodes.push(element);
}

/** Turns it into another element that holds a text: a style sheet or a script of the page itself. */
export function replaceBy(element: PageElement, tagName: 'style' | 'script', text: string): void {
  Object.assign(element, { tagName, nodeName: tagName, attrs: [] });
  setText(element, text);
}

export function textOf(element: PageElement): string {
  return element.childNodes.map((node) => ('value' in node ? node.value : '')).join('');
}

export function setText(element: PageElement, value: string): void {
  element.childNodes = [{ nodeName: '#text', value, parentNode: element }];
}

/** What an address in a page leads to. */
export interface Target {
  /** From the gallery's folder, with forward slashes. */
  readonly file: string;
  /** With what stands before it: `#views`, `?q=wheel`, or empty. */
  readonly rest: string;
}

const ORIGIN = 'http://gallery.invalid';

/**
 * Undefined for an address outside the gallery.
 * @param from file that the address stands in, from the gallery's folder
 */
export function resolveTarget(address: string, from: string): Target | undefined {
  let url: URL;
  try {
    url = new URL(address, `${ORIGIN}/${encodePath(from)}`);
  } catch {
    return undefined;
  }
  if (url.origin !== ORIGIN) return undefined;
  let path: string;
  try {
    path = decodeURIComponent(url.pathname.slice(1));
  } catch {
    return undefined;
  }
  return {
    file: path === '' || path.endsWith('/') ? `${path}index.html` : path,
    rest: url.search + url.hash,
  };
}

export const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** Addresses in a style sheet, each replaced by what `replace` gives for it. */
export function mapStyleUrls(css: string, replace: (address: string) => string): string {
  return css.replace(/url\(\s*(["']?)([^"')]+)\1\s*\)/g, (whole, _quote: string, address: string) =>
    /^(?:data:|#)/.test(address) ? whole : `url("${replace(address)}")`,
  );
}
