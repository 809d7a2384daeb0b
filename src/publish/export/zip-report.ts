/** A report, or one page of it, with the files that it names, as a zip file. */
import { extname } from 'node:path';
import { zipSync, type Zippable } from 'fflate';
import { WorkError } from '../../errors.ts';
import type { BuiltGallery } from './built-gallery.ts';
import { detachPage } from './detach-page.ts';
import { mapStyleUrls, readPage, resolveTarget, textOf, type PageTree } from './page-tree.ts';

export interface ZipOptions {
  readonly gallery: BuiltGallery;
  /** Pages, from the gallery's folder. */
  readonly pages: readonly string[];
  /** Address that the gallery is published at, with a slash at its end. */
  readonly url: string | undefined;
}

/** Endings of files that are compressed already. */
const PACKED = ['.png', '.webp', '.woff2'];

/** The first date that a zip file can have: the same report makes the same file. */
const DATE = new Date(1980, 0, 1);

/** What the format holds without extensions that not every program reads. */
const LARGEST = 2 ** 31;

export function zipReport({ gallery, pages, url }: ZipOptions): Uint8Array {
  const kept = new Set(pages);
  // Other pages stay out, whatever links to them.
  const isBundled = (file: string): boolean =>
    kept.has(file) || (gallery.has(file) && !file.endsWith('.html'));
  const contents = new Map<string, Buffer>();
  let size = 0;
  const add = (file: string, bytes: Buffer): void => {
    contents.set(file, bytes);
    size += bytes.byteLength;
    if (size > LARGEST) {
      throw new WorkError({
        what: 'The zip file would be larger than 2 GB.',
        hint: 'Export single units or images, or copy the gallery as a folder.',
      });
    }
  };
  const addNamed = (file: string | undefined): void => {
    if (file === undefined || contents.has(file) || !gallery.has(file) || file.endsWith('.html')) return;
    const bytes = gallery.read(file);
    add(file, bytes);
    if (extname(file) === '.css') namesInStyles(bytes.toString('utf8'), file).forEach(addNamed);
  };
  for (const file of pages) {
    const page = readPage(gallery.read(file).toString('utf8'));
    detachPage(page, { file, url, isBundled });
    add(file, Buffer.from(page.toHtml()));
    namesIn(page, file).forEach(addNamed);
  }
  const files: Zippable = {};
  for (const file of [...contents.keys()].sort()) {
    const level = PACKED.includes(extname(file)) ? 0 : 9;
    files[file] = [contents.get(file)!, { level, mtime: DATE }];
  }
  return zipSync(files);
}

/** Attributes that name files. */
const NAMING = /^(?:src|srcset|href|poster|data-.+)$/;

function namesIn(page: PageTree, file: string): string[] {
  return page.elements
    .filter(({ parentNode }) => parentNode)
    .flatMap((element) => [
      ...element.attrs
        .filter(({ name }) => NAMING.test(name))
        // Also lists of addresses.
        .flatMap(({ value }) => value.split(/[\s,]+/))
        .flatMap((address) => resolveTarget(address, file)?.file ?? []),
      ...(element.tagName === 'style' ? namesInStyles(textOf(element), file) : []),
    ]);
}

function namesInStyles(css: string, file: string): string[] {
  const found: string[] = [];
  mapStyleUrls(css, (address) => {
    found.push(resolveTarget(address, file)?.file ?? '');
    return address;
  });
  return found;
}
