import type { PartialSize } from '../schema/outside.ts';
import type { Panel } from '../schema/report.ts';
import { presentationOf } from './techniques/table.ts';
import { FLAGS, formatRange, nameOfImage } from './words.ts';

/** What is said of panels. Pure. */

type NamedImages = ReadonlyMap<
  string,
  { readonly file: string; readonly name?: string | undefined } & PartialSize
>;

/** Alternative text made from what was measured: says what the panel is of and which values it shows. */
export function panelAlt(panel: Panel, technique: string, images: NamedImages): string {
  const { layer, filter, image, width, height } = panel;
  const presentation = presentationOf(technique);
  const file = image === undefined ? undefined : nameOfImage(images, image);
  const isInput = layer === undefined && filter === undefined && file !== undefined;
  const parts = [isInput ? 'Image' : presentation.noun];
  if (filter !== undefined) parts.push(`of filter ${filter}`);
  if (layer !== undefined) parts.push(`${filter === undefined ? 'of' : 'in'} ${layer}`);
  if (file !== undefined) parts.push(isInput ? file : `for ${file}`);
  return `${parts.join(' ')}: ${width} × ${height} pixels, ${measuredWords(panel, technique, images)}`;
}

/** The same for a panel of a layer's page under which the filter is named: a link's name says it once. */
export function measuredAlt(panel: Panel, technique: string, images: NamedImages): string {
  return `${presentationOf(technique).noun}: ${measuredWords(panel, technique, images)}`;
}

export interface LabelOptions {
  /** The image is named beside the panels already. */
  readonly withoutImage?: boolean;
}

/** What is written under a panel: its label, which counts images where a figure does, in the words of the page. */
export function panelLabel(
  { filter, image }: Pick<Panel, 'filter' | 'image'>,
  label: string,
  images: NamedImages,
  { withoutImage = false }: LabelOptions = {},
): string {
  const words = label.split(PARTS).flatMap((part): string[] => {
    if (filter !== undefined && part === `filter: ${filter}`) return [`filter ${filter}`];
    if (image === undefined || !/^image: \d+$/.test(part)) return [part];
    return withoutImage ? [] : [nameOfImage(images, image)];
  });
  return words.length > 0 ? words.join(PARTS) : label;
}

/** Between the parts of a label. */
const PARTS = ' · ';

function measuredWords(panel: Panel, technique: string, images: NamedImages): string {
  const measured =
    presentationOf(technique).measured?.(panel, images) ?? `values ${formatRange(panel.range)}`;
  const flags = panelFlags(panel, technique).map(({ meaning }) => `, ${meaning}`);
  return measured + flags.join('');
}

/** What is written small under a panel. */
export function panelNote(panel: Panel, technique: string): string {
  return presentationOf(technique).note?.(panel) ?? formatRange(panel.range, 3);
}

export interface PanelFlag {
  readonly flag: string;
  readonly meaning: string;
}

/** The flags of a panel that pages show. */
export function panelFlags({ flags = [] }: Panel, technique: string): PanelFlag[] {
  const own = presentationOf(technique).flags ?? {};
  return flags.flatMap((flag): PanelFlag[] => {
    const meaning = Object.hasOwn(own, flag) ? own[flag] : (FLAGS[flag] ?? flag);
    return typeof meaning === 'string' ? [{ flag, meaning }] : [];
  });
}
