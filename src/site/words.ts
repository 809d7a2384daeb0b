import type { LayerInfo, Panel, Report } from '../schema/report.ts';
import type { FilterSummary } from './types.ts';

/** Numbers and sentences for people. Everything here is pure and in English. */

type Range = Panel['range'];

/** So many significant digits at most, no exponent between 0.0001 and a million: `3.417`, `−0.002`, `1.2e−7`. */
export function formatNumber(value: number, digits = 4): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text =
    size >= 1e6 || size < 1e-4
      ? value.toExponential(1)
      : String(size >= 1000 ? Math.round(value) : Number(value.toPrecision(digits)));
  return value < 0 || text.includes('e') ? text.replaceAll('-', '−').replace('e+', 'e') : text;
}

/** A phrase where a line begins with it. */
export const capitalized = (phrase: string): string => phrase.slice(0, 1).toUpperCase() + phrase.slice(1);

/** 138357544 → `138,357,544`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** 138357544 → `138.4 M`. */
export function formatLarge(count: number): string {
  if (count < 10_000) return formatCount(count);
  if (count < 1e6) return `${Number((count / 1e3).toPrecision(3))} k`;
  if (count < 1e9) return `${Number((count / 1e6).toPrecision(4))} M`;
  return `${Number((count / 1e9).toPrecision(4))} G`;
}

/** `[16, 16, 512]` → `16 × 16 × 512`. */
export function formatShape(shape: readonly number[]): string {
  return shape.join(' × ');
}

export function formatRange([least, greatest]: Range, digits = 4): string {
  if (least === null || greatest === null) return 'no finite value';
  if (least === greatest) return `all ${formatNumber(least, digits)}`;
  return `${formatNumber(least, digits)} to ${formatNumber(greatest, digits)}`;
}

export function describeReceptiveField(field: NonNullable<LayerInfo['receptiveField']>): string {
  return `${formatNumber(field.size[0])} × ${formatNumber(field.size[1])}`;
}

/** [0, 1, 2, 7, 9, 10] → `0–2, 7, 9–10`. Expects ascending numbers. */
export function formatIndices(indices: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const index of indices) {
    const last = runs.at(-1);
    if (last && index === last[1] + 1) last[1] = index;
    else runs.push([index, index]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
}

/** A ratio as people say it, and never 1 where it is not: `1.8`, `1.02`, `0.996`, `23`. */
export function formatRatio(ratio: number): string {
  if (ratio >= 10) return String(Math.round(ratio));
  return formatNumber(ratio, Math.abs(ratio - 1) < 0.05 ? 3 : 2);
}

/** 1.83 → `1.8 times`. */
export function formatTimes(score: number): string {
  return `${formatRatio(score)} times`;
}

/** A panel's label where the page has said already which layer it is of. */
export function labelInLayer({ label, layer }: Pick<Panel, 'label' | 'layer'>): string {
  const prefix = `${layer ?? ''} · `;
  return layer !== undefined && label.startsWith(prefix) ? label.slice(prefix.length) : label;
}

/** What pages call an image. */
export const imageName = ({
  name,
  file,
}: {
  readonly name?: string | undefined;
  readonly file: string;
}): string => name ?? file;

/** What pages call the image with an id. @param images of the report, by id */
export function nameOfImage(
  images: ReadonlyMap<string, { readonly name?: string | undefined; readonly file: string }>,
  id: string,
): string {
  const image = images.get(id);
  return image ? imageName(image) : id;
}

/** What the flags that any panel may have mean to a reader. */
export const FLAGS: Readonly<Record<string, string>> = {
  nan: 'some values are not finite',
  silent: 'all values are zero',
};

export function modelFacts(report: Report): { term: string; value: string }[] {
  const { model, images, views } = report;
  const [height, width, channels] = model.inputShape;
  return [
    // A network without a name of its own is only called so.
    ...(model.format === 'inline' ? [] : [{ term: 'Network', value: model.name }]),
    { term: 'Input', value: formatShape([height, width, channels]) },
    { term: 'Layers', value: formatCount(model.layers.length) },
    { term: 'Parameters', value: formatLarge(model.parameters) },
    { term: images.length === 1 ? 'Image' : 'Images', value: formatCount(images.length) },
    { term: views.length === 1 ? 'View' : 'Views', value: formatCount(views.length) },
  ];
}

export interface Fact {
  readonly term: string;
  readonly value: string;
  readonly mono?: boolean;
}

export function layerFacts(layer: LayerInfo): Fact[] {
  const field = layer.receptiveField;
  return [
    { term: 'Type', value: layer.type },
    { term: 'Output', value: formatShape(layer.outputShape) },
    ...(layer.filters === undefined ? [] : [{ term: 'Filters', value: formatCount(layer.filters) }]),
    { term: 'Parameters', value: formatCount(layer.parameters) },
    { term: 'Receptive field', value: field ? describeReceptiveField(field) : 'whole image' },
    ...(field ? [{ term: 'Stride', value: field.stride.map((step) => formatNumber(step)).join(' × ') }] : []),
  ];
}

export function filterFacts(layer: LayerInfo, known: number, summary: FilterSummary | undefined): Fact[] {
  const facts: Fact[] = [{ term: 'Layer', value: layer.type }];
  if (layer.filters !== undefined) {
    facts.push({ term: 'Filters shown', value: `${formatCount(known)} of ${formatCount(layer.filters)}` });
  }
  if (layer.receptiveField) {
    facts.push({ term: 'Receptive field', value: describeReceptiveField(layer.receptiveField) });
  }
  if (summary && summary.shown > 1) {
    facts.push({ term: 'Active for', value: `${summary.firing} of ${plural(summary.shown, 'image')}` });
  }
  const { strongest, inside, firing = 0 } = summary ?? {};
  if (inside && inside.firing < firing) {
    facts.push({
      term: 'Only at the border for',
      value: `${firing - inside.firing} of these, where values also depend on the padding`,
    });
  }
  if (strongest) facts.push({ term: 'Greatest value', value: formatNumber(strongest.value) });
  if (strongest && inside && inside.strongest.value < strongest.value) {
    const { image, value } = inside.strongest;
    const where = image === strongest.image ? '' : ` (${imageName(image)})`;
    facts.push({ term: 'Greatest inside the image', value: formatNumber(value) + where });
  }
  if (summary?.weakest) facts.push({ term: 'Weakest peak', value: formatNumber(summary.weakest.value) });
  return facts;
}
