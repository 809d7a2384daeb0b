import { UserError } from '../../errors.ts';
import type { BuiltGallery } from './built-gallery.ts';
import { embedPage } from './embed-page.ts';
import { findPage, type PageChoice } from './find-page.ts';
import { zipReport } from './zip-report.ts';

export interface ExportOptions {
  readonly gallery: BuiltGallery;
  /** Of the experiment, which has a report in the gallery. */
  readonly id: string;
  readonly choice: PageChoice;
  /** A zip file of the whole report, or of the chosen page, instead of one HTML file. */
  readonly zip: boolean;
  /** Address that the gallery is published at, with a slash at its end. */
  readonly url: string | undefined;
}

export interface Exported {
  /** What the file is best called. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What to open in it, where it is a zip file. */
  readonly entry?: string;
}

/** @throws UserError where the report has no such page, or the gallery has changed since its build */
export function exportReport({ gallery, id, choice, zip, url }: ExportOptions): Exported {
  const { path, name } = findPage(gallery.report(id)!, choice);
  const file = [...path, 'index.html'].join('/');
  if (!gallery.has(file)) {
    throw new UserError({
      what: `\`${id}\` has no page for ${choice.unit === undefined ? `image \`${choice.image}\`` : `unit \`${choice.unit}\``}.`,
      why: 'Only units and images that a view shows have pages.',
      hint: 'Add a view that shows it, or run `npx filterscope build` if the experiment has changed.',
    });
  }
  if (!zip) {
    const read = (asset: string): Buffer => gallery.read(asset);
    const html = embedPage(read(file).toString('utf8'), { file, url, read });
    return { name: `${name}.html`, bytes: Buffer.from(html) };
  }
  const isWhole = choice.unit === undefined && choice.image === undefined;
  const ofReport = (each: string): boolean => each.startsWith(`${id}/`) && each.endsWith('.html');
  const pages = isWhole ? gallery.files.filter(ofReport) : [file];
  return { name: `${name}.zip`, bytes: zipReport({ gallery, pages, url }), entry: file };
}
