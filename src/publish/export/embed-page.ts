/** A page with everything that it shows inside one HTML file. Pure, but for the files that it reads. */
import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { detachPage } from './detach-page.ts';
import {
  append,
  attribute,
  classesOf,
  mapStyleUrls,
  readPage,
  remove,
  replaceBy,
  resolveTarget,
  setAttribute,
  setText,
  textOf,
  type PageElement,
} from './page-tree.ts';

export interface EmbedOptions {
  /** The page, from the gallery's folder: `cats/index.html`. */
  readonly file: string;
  /** Address that the gallery is published at, with a slash at its end. */
  readonly url: string | undefined;
  /** @param file of the gallery */
  readonly read: (file: string) => Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export function embedPage(html: string, { file, url, read }: EmbedOptions): string {
  const page = readPage(html);
  detachPage(page, { file, url, isBundled: () => false });

  const known = new Map<string, string>();
  const dataOf = (target: string): string => {
    const data = known.get(target) ?? dataUri(target, read(target));
    known.set(target, data);
    return data;
  };
  const fileOf = (address: string | undefined, from = file): string | undefined =>
    address === undefined || address.startsWith('data:') ? undefined : resolveTarget(address, from)?.file;
  const embedStyles = (css: string, from: string): string =>
    mapStyleUrls(css, (address) => {
      const target = fileOf(address, from);
      return target === undefined ? address : dataOf(target);
    });

  const attached = page.elements.filter((element) => element.parentNode);
  const body = attached.find(({ tagName }) => tagName === 'body')!;
  for (const element of attached) {
    const { tagName } = element;
    if (tagName === 'link') {
      const target = fileOf(attribute(element, 'href'));
      const rel = attribute(element, 'rel');
      if (target === undefined) continue;
      if (rel === 'stylesheet') replaceBy(element, 'style', embedStyles(read(target).toString(), target));
      else if (rel === 'icon') setAttribute(element, 'href', dataOf(target));
      // What is loaded ahead is here already.
      else if (rel !== 'canonical') remove(element);
    } else if (tagName === 'script') {
      const target = fileOf(attribute(element, 'src'));
      if (target === undefined) continue;
      const isDeferred = attribute(element, 'defer') !== undefined;
      replaceBy(element, 'script', escapeScript(read(target).toString()));
      // A script of the page itself runs where it stands.
      if (isDeferred) append(element, body);
    } else if (tagName === 'style') {
      setText(element, embedStyles(textOf(element), file));
    } else if (tagName === 'source') {
      remove(element);
    } else {
      embedData(element, fileOf, dataOf);
    }
  }
  embedImages(attached, body, fileOf, dataOf);
  setPolicy(attached);
  return page.toHtml();
}

type FileOf = (address: string | undefined) => string | undefined;

/** Images that scripts show. */
function embedData(element: PageElement, fileOf: FileOf, dataOf: (file: string) => string): void {
  for (const { name, value } of element.attrs) {
    if (!/^(?:data-|poster$)/.test(name) || !/^[^\s{["']+\.(?:png|webp|svg)$/.test(value)) continue;
    const target = fileOf(value);
    if (target !== undefined) setAttribute(element, name, dataOf(target));
  }
}

/** Bytes below which an image is repeated rather than shared. */
const REPEATED = 500;

/**
 * An image that is shown once stands where it is shown. One that is shown several times, as the sprite sheet that many panels are cut from,
 * is the background of an empty image of its size, so that the page holds it once.
 */
function embedImages(
  elements: readonly PageElement[],
  body: PageElement,
  fileOf: FileOf,
  dataOf: (file: string) => string,
): void {
  const uses = new Map<string, PageElement[]>();
  for (const element of elements) {
    if (element.tagName !== 'img' || !element.parentNode) continue;
    for (const name of ['srcset', 'sizes', 'loading', 'fetchpriority'])
      setAttribute(element, name, undefined);
    const target = fileOf(attribute(element, 'src'));
    if (target !== undefined) uses.set(target, [...(uses.get(target) ?? []), element]);
  }
  const rules: string[] = [];
  for (const [target, shown] of uses) {
    const data = dataOf(target);
    const isShared = shown.length > 1 && data.length > REPEATED;
    for (const element of shown) {
      setAttribute(element, 'src', isShared ? emptyImage(element) : data);
      if (isShared)
        setAttribute(element, 'class', [...classesOf(element), `shared-${rules.length + 1}`].join(' '));
    }
    if (isShared)
      rules.push(
        `img.shared-${rules.length + 1}{background:url("${data}") 0 0/100% 100% no-repeat!important;print-color-adjust:exact}`,
      );
  }
  const style = elements.find(({ tagName }) => tagName === 'style');
  if (style && rules.length > 0 && body) setText(style, textOf(style) + rules.join(''));
}

function emptyImage(element: PageElement): string {
  const [width, height] = ['width', 'height'].map((name) => Number(attribute(element, name) ?? 1));
  return `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='${width}' height='${height}'/%3E`;
}

function dataUri(file: string, bytes: Buffer): string {
  const type = TYPES[extname(file)];
  if (type === undefined) throw new Error(`\`${file}\` is of no type that pages show.`);
  return `data:${type};base64,${bytes.toString('base64')}`;
}

/** What would end the element, or begin a comment in it, may only stand in strings and regular expressions. */
const escapeScript = (script: string): string =>
  script.replace(/<(?=\/script)/gi, '\\x3C').replace(/<!--/g, '\\x3C!--');

/** Nothing but what the page holds: its own styles and scripts by their hashes. */
function setPolicy(elements: readonly PageElement[]): void {
  const hashes = (tagName: string): string =>
    elements
      .filter((element) => element.tagName === tagName && element.parentNode)
      .map((element) => `'sha256-${createHash('sha256').update(textOf(element)).digest('base64')}'`)
      .join(' ') || "'none'";
  const policy = [
    "default-src 'none'",
    `script-src ${hashes('script')}`,
    `style-src ${hashes('style')}`,
    'img-src data:',
    'font-src data:',
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const meta = elements.find(
    (element) => attribute(element, 'http-equiv')?.toLowerCase() === 'content-security-policy',
  );
  if (!meta) throw new Error('The page has no Content-Security-Policy.');
  setAttribute(meta, 'content', policy);
}
