import type { Panel } from '../schema/report.ts';
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
  const [image] = unit.images;
  return {
    ...(layer === undefined ? {} : { layer: plan.source.layers[layer]!.name }),
    ...(filter === undefined ? {} : { filter }),
    ...(image === undefined ? {} : { image: plan.images.images[image]!.id }),
    ...{ label: labelOf(plan, unit, panel, index, template), src: assetSrc(asset), width, height },
    ...(crop && sheet ? { crop, sheet } : {}),
    range: [range[0], range[1]],
    ...(flags.length > 0 ? { flags: [...flags] } : {}),
  };
}

/** Fills in a label's placeholders; what a panel has not is left empty. */
export function labelOf(
  plan: ExperimentPlan,
  unit: PlannedUnit,
  panel: Pick<DrawnPanel, 'filter' | 'fullWidth' | 'fullHeight'>,
  index: number,
  template: string,
): string {
  const { layers, images } = unit;
  const layer = layers[0] === undefined ? undefined : plan.source.layers[layers[0]];
  const image = images[0] === undefined ? undefined : plan.images.images[images[0]];
  const facts: Readonly<Record<string, string | number | undefined>> = {
    filter: panel.filter,
    image: images[0],
    file: image?.file,
    class: image?.class,
    layer: layer?.name ?? 'input',
    count: index + 1,
    width: panel.fullWidth,
    height: panel.fullHeight,
    channels: layer ? layer.outputShape.at(-1) : plan.source.network.inputShape[2],
  };
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''));
}
