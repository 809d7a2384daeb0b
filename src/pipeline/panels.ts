import type { Panel, Patch } from '../schema/report.ts';
import type { Box, RawPlace } from '../techniques/technique.ts';
import type { PanelFacts, PanelFiles } from './panel-facts.ts';
import type { ExperimentPlan, PlannedUnit } from './plan.ts';
import type { DrawnPanel } from './sheets.ts';

/** Where report.json finds an asset. */
export function assetSrc(name: string): string {
  return `../assets/${name}`;
}

/**
 * A panel as the report describes it.
 * @param index position in the view
 * @param template of the label
 */
export function toPanel(
  plan: ExperimentPlan,
  unit: PlannedUnit,
  panel: DrawnPanel,
  index: number,
  template: string,
): Panel {
  const { filter, width, height, crop, sheet, range, flags, asset } = panel;
  const [layer] = unit.layers;
  const image = imageOf(unit, panel);
  return {
    ...(layer === undefined ? {} : { layer: plan.source.layers[layer]!.name }),
    ...(filter === undefined ? {} : { filter }),
    ...(image === undefined ? {} : { image: plan.images.images[image]!.id }),
    ...{ label: labelOf(plan, unit, panel, index, template), src: assetSrc(asset), width, height },
    ...(crop && sheet ? { crop, sheet } : {}),
    range: [range[0], range[1]],
    ...(flags.length > 0 ? { flags: [...flags] } : {}),
    ...(panel.facts ? told(plan, unit, panel, panel.facts) : {}),
    ...(panel.files ? named(panel.files) : {}),
  };
}

/** The picture a panel is of. What was found among many pictures is of none. */
function imageOf({ images }: PlannedUnit, { facts }: Pick<DrawnPanel, 'facts'>): number | undefined {
  return facts?.patches || facts?.dream ? undefined : images[0];
}

function told(
  plan: ExperimentPlan,
  unit: PlannedUnit,
  panel: DrawnPanel,
  { score, curve, dream, leftOut, maxima, classMeans }: PanelFacts,
): Partial<Panel> {
  const idOf = (position: number): string => plan.images.images[unit.images[position]!]!.id;
  const patches = patchesOf(panel, idOf);
  return {
    ...(score === undefined ? {} : { score }),
    ...(curve ? { curve: [...curve] } : {}),
    ...(dream ? { dream: dreamOf(dream, idOf) } : {}),
    ...(patches ? { patches } : {}),
    ...(leftOut ? { leftOut: leftOut.map((place) => placeOf(place, idOf)) } : {}),
    ...(maxima ? { maxima: { counts: [...maxima.counts], range: [...maxima.range] } } : {}),
    ...(classMeans ? { classMeans: [...classMeans] } : {}),
  };
}

function dreamOf(
  { best, ...facts }: NonNullable<PanelFacts['dream']>,
  idOf: (position: number) => string,
): NonNullable<Panel['dream']> {
  return { ...facts, ...(best ? { best: { ...best, image: idOf(best.image) } } : {}) };
}

function placeOf(
  { image, box, receptiveField, activation }: RawPlace,
  idOf: (position: number) => string,
): NonNullable<Panel['leftOut']>[number] {
  return {
    ...{ image: idOf(image), box: { ...box } },
    ...(receptiveField ? { receptiveField: { ...receptiveField } } : {}),
    activation,
  };
}

function patchesOf(
  { facts, files, asset, width, height, crop, sheet, fullWidth, fullHeight }: DrawnPanel,
  idOf: (position: number) => string,
): Patch[] | undefined {
  const from = crop ?? { x: 0, y: 0 };
  const scale = { x: width / fullWidth, y: height / fullHeight };
  const cutOut = (at: Box): Patch['crop'] => {
    const x = Math.round(at.x * scale.x);
    const y = Math.round(at.y * scale.y);
    return {
      ...{ x: from.x + x, y: from.y + y },
      width: Math.max(1, Math.round((at.x + at.width) * scale.x) - x),
      height: Math.max(1, Math.round((at.y + at.height) * scale.y) - y),
    };
  };
  const src = assetSrc(asset);
  return facts?.patches?.map(({ effective, at, projectionAt, ...place }, index): Patch => {
    const values = files?.patchValues?.[index];
    return {
      ...placeOf(place, idOf),
      ...(effective ? { effective: { ...effective } } : {}),
      ...{ src, crop: cutOut(at), sheet: sheet ?? { width, height } },
      ...(projectionAt ? { projection: src, projectionCrop: cutOut(projectionAt) } : {}),
      ...(values ? { values: assetSrc(values) } : {}),
    };
  });
}

function named({ values, frames }: PanelFiles): Partial<Panel> {
  if (!frames) return values ? { values: assetSrc(values) } : {};
  const { animation, strip, width, height, steps } = frames;
  return {
    ...(values ? { values: assetSrc(values) } : {}),
    frames: { src: assetSrc(animation), strip: assetSrc(strip), width, height, steps: [...steps] },
  };
}

/** What a unit of the classifier stands for. */
function unitClass(
  { source }: ExperimentPlan,
  layer: number | undefined,
  unit: number | undefined,
): string | undefined {
  return layer === source.layers.length - 1 && unit !== undefined ? source.classes?.[unit] : undefined;
}

/** Fills in a label's placeholders; what a panel has not is left empty. */
export function labelOf(
  plan: ExperimentPlan,
  unit: PlannedUnit,
  panel: Pick<DrawnPanel, 'filter' | 'fullWidth' | 'fullHeight' | 'facts'>,
  index: number,
  template: string,
): string {
  const { layers } = unit;
  const layer = layers[0] === undefined ? undefined : plan.source.layers[layers[0]];
  const position = imageOf(unit, panel);
  const image = position === undefined ? undefined : plan.images.images[position];
  const facts: Readonly<Record<string, string | number | undefined>> = {
    filter: panel.filter,
    image: position,
    file: image?.file,
    class: image?.class ?? unitClass(plan, layer?.index, panel.filter),
    layer: layer?.name ?? 'input',
    count: index + 1,
    width: panel.fullWidth,
    height: panel.fullHeight,
    channels: layer ? layer.outputShape.at(-1) : plan.source.network.inputShape[2],
  };
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''));
}
