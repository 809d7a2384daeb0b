import { slug } from '../schema/slug.ts';

export { slug };

/**
 * Where every page lies and how pages name each other. A page is the list of its folders below dist/; its file is
 * always index.html, and links say so, because a gallery opened from disk has no server to add it.
 * Everything here depends on ids only: adding a layer or an image never moves another page.
 */
export type PagePath = readonly string[];

export const routes = {
  gallery: (): PagePath => [],
  search: (): PagePath => ['search'],
  glossary: (): PagePath => ['glossary'],
  compare: (): PagePath => ['compare'],
  /** Experiment ids are folder names already: report.json lies there too. */
  experiment: (experiment: string): PagePath => [experiment],
  layer: (experiment: string, layer: string): PagePath => [experiment, 'layers', slug(layer)],
  filter: (experiment: string, layer: string, filter: number): PagePath => [
    experiment,
    'layers',
    slug(layer),
    String(filter),
  ],
  image: (experiment: string, image: string): PagePath => [experiment, 'images', slug(image)],
  view: (experiment: string, view: string): PagePath => [experiment, 'views', slug(view)],
  chapter: (experiment: string, chapter: string): PagePath => [experiment, 'chapters', slug(chapter)],
};

/** Link from one page to another, for example `../../layers/conv1/index.html`. */
export function pageHref(from: PagePath, to: PagePath, fragment?: string): string {
  const path = relative(from, [...to, 'index.html']);
  return fragment === undefined ? path : `${path}#${encodeURIComponent(fragment)}`;
}

/** Where a page is published; undefined where the gallery has no address. @param url of the gallery */
export function pageAddress(path: PagePath, url: string | undefined): string | undefined {
  return url === undefined
    ? undefined
    : new URL(path.map((part) => `${encodeURIComponent(part)}/`).join(''), url).href;
}

/** Link from a page to a file below dist/, given by its folders and name. */
export function fileHref(from: PagePath, file: readonly string[]): string {
  return relative(from, file);
}

/**
 * Link from a page of an experiment to a file of its report.
 * @param src relative to the experiment's report.json, as in every `src` of a report: `../assets/1f….webp`
 */
export function srcHref(from: PagePath, experiment: string, src: string): string {
  const file = [experiment];
  for (const part of src.split('/')) {
    if (part === '..') file.pop();
    else if (part !== '.' && part !== '') file.push(part);
  }
  return relative(from, file);
}

/** An element's id on a layer's section of an image's page. */
export function layerFragment(layerIndex: number): string {
  return `layer-${layerIndex}`;
}

/** An element's id on an image's page: the place that excites a filter. */
export function placeFragment(layer: string, filter: number): string {
  return `place-${slug(layer)}-${filter}`;
}

function relative(from: readonly string[], to: readonly string[]): string {
  let shared = 0;
  // The last part of `to` is a file: it is never a shared folder.
  while (shared < from.length && shared < to.length - 1 && from[shared] === to[shared]) shared++;
  let path = '../'.repeat(from.length - shared);
  for (let at = shared; at < to.length; at++) {
    if (at > shared) path += '/';
    path += encodeURIComponent(to[at]!);
  }
  return path;
}
