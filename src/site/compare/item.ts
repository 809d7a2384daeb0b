import { findList, matching, unitName } from '../viewer/find.ts';
import type { Found } from '../viewer/find.ts';
import type { Gallery } from '../viewer/load.ts';
import { formatReference, parseReference } from '../viewer/reference.ts';
import type { Reference } from '../viewer/reference.ts';
import { labelOf } from '../viewer/tray.ts';

/** One of the things that are compared. */
export interface Item {
  /** As it stands in the address. */
  readonly text: string;
  readonly title: string;
  /** What it is a part of. */
  readonly context: string;
  readonly href: string | undefined;
  /** One panel, or several that stand together. */
  readonly panels: readonly Found[];
  /** Of an image or a report. */
  readonly picture?: { readonly src: string; readonly width?: number; readonly height?: number };
  readonly isGone?: true;
}

/** Panels of a layer that are shown together. */
const MOST_PANELS = 64;

export async function findItem(gallery: Gallery, text: string): Promise<Item> {
  const gone: Item = {
    text,
    title: text,
    context: 'is not in the gallery',
    href: undefined,
    panels: [],
    isGone: true,
  };
  const reference = parseReference(text);
  const report = reference && (await gallery.report(reference.experiment));
  if (!reference || !report) return gone;
  const { experiment, kind, layer, filter, image } = reference;
  const title = await labelOf(gallery, text);
  const base = { text, title, context: `${report.title} · ${report.network}`, panels: [] };
  if (kind === 'report') {
    const src = report.cover && gallery.href(experiment, report.cover);
    return {
      ...base,
      context: report.network,
      href: gallery.page(experiment),
      ...(src ? { picture: { src } } : {}),
    };
  }
  if (kind === 'images') {
    const found = report.images.find(({ id }) => id === image);
    if (!found) return gone;
    const picture = { src: gallery.href(experiment, found.src), width: found.width, height: found.height };
    return { ...base, href: gallery.page(experiment, 'images', found.id), picture };
  }
  const panels = kind === 'views' ? await panelsOf(gallery, reference) : await unitPanels(gallery, reference);
  const known = report.layers.find(({ id }) => id === layer);
  if (panels.length === 0) return gone;
  const [first] = panels;
  const unit = filter === undefined ? [] : [String(filter)];
  return {
    ...{ ...base, panels: panels.slice(0, MOST_PANELS) },
    ...(panels.length === 1 ? { title: unitName(first!) } : {}),
    context: [first!.image?.name, first!.view.title, report.title].filter(Boolean).join(' · '),
    href: known?.hasPage
      ? gallery.page(experiment, 'layers', known.id, ...unit)
      : gallery.page(experiment, 'views', first!.view.id),
  };
}

async function panelsOf(gallery: Gallery, reference: Reference): Promise<readonly Found[]> {
  const list = await findList(gallery, reference);
  const found = list ? matching(list, reference) : [];
  // Of several images the first.
  const image = found[0]?.image?.id;
  return reference.filter === undefined ? found.filter((panel) => panel.image?.id === image) : found;
}

/** What is shown of a layer or unit: of a layer the first view's panels, of a unit one panel of each view. */
async function unitPanels(gallery: Gallery, reference: Reference): Promise<readonly Found[]> {
  const report = await gallery.report(reference.experiment);
  const found: Found[] = [];
  for (const { id, layers } of report?.views ?? []) {
    if (!layers.some(([layer]) => layer === reference.layer)) continue;
    const panels = await panelsOf(gallery, { ...reference, kind: 'views', view: id });
    if (panels.length === 0) continue;
    if (reference.filter === undefined) {
      if (panels.length > found.length) found.splice(0, found.length, ...panels);
    } else found.push(panels[0]!);
  }
  return found;
}

/** The address of one panel of a group. */
export const textOf = ({ reference }: Found): string => formatReference(reference);
