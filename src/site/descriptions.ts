/** One sentence on each page, for search engines and link previews. Pure; it counts only what there is. */
import type { Chapter, LayerInfo, Report, View } from '../schema/report.ts';
import { presentationOf, techniqueTitle } from './techniques/table.ts';
import { plural } from './words.ts';

type Model = Pick<Report['model'], 'name'>;

/** `12 feature maps`; panels of a technique without a noun that can be counted are panels. */
function countPanels(technique: string, count: number): string {
  const noun = presentationOf(technique).noun.toLowerCase();
  return plural(count, noun.endsWith('s') ? 'panel' : noun);
}

/** What a report has, largest parts only: `120 feature maps`, `16 preferred inputs`, `3 images`. */
export function reportContents({
  views,
  images,
  model,
}: Pick<Report, 'views' | 'images' | 'model'>): string[] {
  const counts = new Map<string, number>();
  for (const { technique, panelCount } of views)
    counts.set(technique, (counts.get(technique) ?? 0) + panelCount);
  const panels = [...counts]
    .filter(([, count]) => count > 0)
    .map(([technique, count]) => countPanels(technique, count));
  const all = [...panels, ...(images.length > 0 ? [plural(images.length, 'image')] : [])];
  return all.length > 0 ? all : [plural(model.layers.length, 'layer')];
}

export function describeReport(report: Report): string {
  return report.experiment.description ?? `${report.model.name}: ${reportContents(report).join(', ')}.`;
}

export function describeChapter({ experiment }: Report, chapter: Chapter, index: number): string {
  return chapter.description ?? `${chapter.title}: chapter ${index + 1} of “${experiment.title}”.`;
}

export function describeView(view: View, { name }: Model): string {
  const { title, technique, panelCount, panels } = view;
  if (panelCount === 0) return `${title}: ${techniqueTitle(technique)}, ${name}.`;
  const images = new Set(panels.flatMap(({ image }) => image ?? [])).size;
  const of = images > 0 ? ` of ${plural(images, 'image')}` : '';
  return `${title}: ${countPanels(technique, panelCount)}${of}, ${name}.`;
}

/** @param panels how many of them the layer's page shows */
export function describeLayer({ index, type }: LayerInfo, panels: number, { name }: Model): string {
  const shown = panels > 0 ? `, ${plural(panels, 'panel')}` : '';
  return `Layer ${index} of ${name}: ${type}${shown}.`;
}

/** @param views each with as many panels as the unit's page shows of it */
export function describeUnit(
  unit: { readonly filter: number; readonly layer: string; readonly className?: string | undefined },
  views: readonly { readonly panels: readonly unknown[] }[],
  { name }: Model,
): string {
  const { filter, layer, className } = unit;
  const what =
    className === undefined
      ? `Filter ${filter} of ${layer} in ${name}`
      : `Output ${filter} of ${layer} in ${name}, the class ${className}`;
  const panels = views.reduce((sum, view) => sum + view.panels.length, 0);
  return panels === 0
    ? `${what}.`
    : `${what}: ${plural(panels, 'panel')} from ${plural(views.length, 'view')}.`;
}

/**
 * @param layers how many layers have panels of the image
 * @param others labels of what the page shows of it beside them
 */
export function describeImage(
  file: string,
  layers: number,
  others: readonly string[],
  { name }: Model,
): string {
  const shown = [...(layers > 0 ? [`panels of ${plural(layers, 'layer')}`] : []), ...others];
  return shown.length === 0
    ? `${file}, an image of a report on ${name}.`
    : `What ${name} makes of ${file}: ${shown.join(', ')}.`;
}

export function describeGallery(reports: number): string {
  const what = 'what convolutional networks see: feature maps by layer, filter and image.';
  return reports === 0 ? `Reports on ${what}` : `${plural(reports, 'report')} on ${what}`;
}

export function describeSearch(reports: number): string {
  const where = reports === 0 ? 'the gallery' : plural(reports, 'report');
  return `Search ${where}: units, classes, layers, images and text.`;
}
