/** Which page of a report is meant. Pure. */
import { UserError } from '../../errors.ts';
import { byLikeness, nearest } from '../../likeness.ts';
import type { Report } from '../../schema/report.ts';
import { routes, slug, type PagePath } from '../../site/routes.ts';

/** At most one of the two; neither: the overview. */
export interface PageChoice {
  /** `conv3/12`: a layer's name and a filter's number. */
  readonly unit?: string | undefined;
  /** An image's id, file or name. */
  readonly image?: string | undefined;
}

export interface ChosenPage {
  readonly path: PagePath;
  /** A file name for it, without an ending. */
  readonly name: string;
}

/** @throws UserError where the report has no such unit or image */
export function findPage(report: Report, { unit, image }: PageChoice): ChosenPage {
  const { id } = report.experiment;
  if (unit !== undefined) {
    const { layer, filter } = findUnit(report, unit);
    return { path: routes.filter(id, layer, filter), name: `${id}-${slug(layer)}-${filter}` };
  }
  if (image !== undefined) {
    const found = findImage(report, image);
    return { path: routes.image(id, found), name: `${id}-${slug(found)}` };
  }
  return { path: routes.experiment(id), name: id };
}

function findUnit({ experiment, model }: Report, unit: string): { layer: string; filter: number } {
  // Names of layers may have slashes.
  const at = unit.lastIndexOf('/');
  const [layer, filter] = [unit.slice(0, Math.max(0, at)), unit.slice(at + 1)];
  if (layer === '' || !/^\d{1,9}$/.test(filter)) {
    throw new UserError({
      what: `\`--unit\` is not a layer and a filter: \`${unit}\`.`,
      hint: 'Write the name of the layer, a slash, and the number of the filter, such as `conv3/12`.',
    });
  }
  const names = model.layers.map(({ name }) => name);
  if (!names.includes(layer)) {
    throw new UserError({
      what: `The network of \`${experiment.id}\` has no layer \`${layer}\`.`,
      ...suggest(layer, names),
    });
  }
  return { layer, filter: Number(filter) };
}

function findImage({ experiment, images }: Report, name: string): string {
  const keys = ['id', 'file'] as const;
  for (const key of keys) {
    const found = images.filter((image) => image[key] === name);
    if (found.length === 1) return found[0]!.id;
  }
  throw new UserError({
    what: `\`${experiment.id}\` has no image \`${name}\`.`,
    ...suggest(
      name,
      images.map(({ id }) => id),
    ),
  });
}

function suggest(written: string, names: readonly string[]): { hint?: string; choices: readonly string[] } {
  const near = nearest(written, names);
  return {
    ...(near !== undefined && { hint: `Did you mean \`${near}\`?` }),
    choices: byLikeness(written, names),
  };
}
