import { z } from 'zod/v4';
import type { Panel } from '../../schema/report.ts';
import { techniqueNamed, techniques } from '../../techniques/registry.ts';
import { describeThrown } from '../../plugins.ts';
import { TechniqueError } from '../../techniques/technique-error.ts';
import type { Facts } from '../../techniques/technique.ts';
import type { StoredPanel } from '../results/stored-job.ts';
import { reportFiles } from '../results/panel-files.ts';
import type { ExperimentPlan, PlannedJob } from '../plan/plan.ts';
import type { Placement } from './stored-sheet.ts';

/** Where report.json finds an asset. */
export function assetSrc(name: string): string {
  return `../assets/${name}`;
}

/**
 * A panel as the report describes it.
 * @param index position in the view
 * @param template of the label
 * @throws Error where its facts are not what the technique says they are
 */
export function toPanel(
  plan: ExperimentPlan,
  job: PlannedJob,
  panel: StoredPanel,
  placement: Placement,
  index: number,
  template: string,
): Panel {
  const { kind, filter, range, flags, files } = panel;
  const { asset, width, height, crop, sheet } = placement;
  const [layer] = job.layers;
  const image = imageOf(job, panel);
  const facts = panel.facts && reportFacts(plan, job, panel.facts);
  // One by one: hundreds of thousands are made, and objects of spread parts take ten times as long.
  const made: Partial<Panel> = {};
  if (layer !== undefined) made.layer = plan.source.layers[layer]!.name;
  if (filter !== undefined) made.filter = filter;
  if (image !== undefined) made.image = plan.images.images[image]!.id;
  made.label = labelOf(plan, job, panel, index, template);
  made.kind = kind;
  made.src = assetSrc(asset);
  made.width = width;
  made.height = height;
  if (crop && sheet) {
    made.crop = crop;
    made.sheet = sheetOf(sheet);
  }
  made.range = [range[0], range[1]];
  if (flags.length > 0) made.flags = [...flags];
  if (facts) made.facts = facts;
  if (files) made.files = reportFiles(files, assetSrc);
  return made as Panel;
}

function sheetOf({ small, ...size }: NonNullable<Placement['sheet']>): NonNullable<Panel['sheet']> {
  return { ...size, ...(small === undefined ? {} : { small: assetSrc(small) }) };
}

/** Index of the image that a panel is of; undefined where it is of none. */
function imageOf({ images }: PlannedJob, { image }: Pick<StoredPanel, 'image'>): number | undefined {
  return image === undefined ? undefined : images[image];
}

function reportFacts(plan: ExperimentPlan, job: PlannedJob, stored: Facts): Record<string, unknown> {
  const { name, facts } = techniqueNamed(job.technique);
  if (!facts)
    throw new TechniqueError(name, '`compute` returned facts, and the technique has no schema for them');
  const idOf = (position: number): string => plan.images.images[job.images[position]!]!.id;
  return checkedFacts(
    name,
    facts.schema,
    '`compute` returned facts',
    () => facts.report?.(stored, idOf, plan.source.classes) ?? stored,
  );
}

/** @throws TechniqueError where they are not what the schema says, or the technique throws */
export function checkedFacts(
  technique: string,
  schema: z.ZodObject,
  what: string,
  make: () => Facts,
): Record<string, unknown> {
  const made = reported(technique, make);
  const checked = schema.safeParse(made);
  if (checked.success) return checked.data;
  throw new TechniqueError(
    technique,
    `${what} that do not match its schema: ${z.prettifyError(checked.error)}`,
  );
}

function reported(technique: string, report: () => Facts): Facts {
  try {
    return report();
  } catch (error) {
    throw new TechniqueError(technique, describeThrown(error), { cause: error });
  }
}

/** What a unit of the classifier stands for. */
function unitClass(
  { source }: ExperimentPlan,
  layer: number | undefined,
  filter: number | undefined,
): string | undefined {
  return layer === source.layers.length - 1 && filter !== undefined ? source.classes?.[filter] : undefined;
}

/** What the technique's own placeholders stand for. */
function ownWords(
  plan: ExperimentPlan,
  job: PlannedJob,
  stored: Facts | undefined,
): Readonly<Record<string, string>> {
  const label = stored && techniques.get(job.technique)?.facts?.label;
  return label ? label(reportFacts(plan, job, stored)) : {};
}

/** Fills in a label's placeholders; what a panel has not is left empty. */
export function labelOf(
  plan: ExperimentPlan,
  job: PlannedJob,
  panel: Pick<StoredPanel, 'filter' | 'image' | 'fullWidth' | 'fullHeight' | 'facts'>,
  index: number,
  template: string,
): string {
  const layer = job.layers[0] === undefined ? undefined : plan.source.layers[job.layers[0]];
  const position = imageOf(job, panel);
  const image = position === undefined ? undefined : plan.images.images[position];
  let own: Readonly<Record<string, string>> | undefined;
  const valueOf = (name: string): string | number | undefined => {
    own ??= ownWords(plan, job, panel.facts);
    if (Object.hasOwn(own, name)) return own[name];
    switch (name) {
      case 'filter':
        return panel.filter;
      case 'image':
        return position;
      case 'name':
        return image?.name;
      case 'file':
        return image?.file;
      case 'class':
        return image?.class ?? unitClass(plan, layer?.index, panel.filter);
      case 'layer':
        return layer?.name ?? 'input';
      case 'count':
        return index + 1;
      case 'width':
        return panel.fullWidth;
      case 'height':
        return panel.fullHeight;
      case 'channels':
        return layer ? layer.outputShape.at(-1) : plan.source.network.inputShape[2];
      default:
        return undefined;
    }
  };
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(valueOf(name) ?? ''));
}
