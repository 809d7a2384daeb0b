import { z } from 'zod/v4';
import { byLikeness } from '../likeness.ts';
import { reject, rejectMissing } from '../schema/issue.ts';
import { isGroup } from '../schema/pieces.ts';
import { show } from '../schema/words.ts';
import type { ExperimentImage, PlanningContext } from './technique.ts';

/** Classes of images by the class of the model that each means: a name or an index. */
export type ClassMapping = Readonly<Record<string, string | number>>;

/** `classes: {cats: tabby, dogs: 207}`: for folders that are not called as the model's classes are. */
export const classMapping = z
  .unknown()
  .transform((raw, ctx): ClassMapping => {
    const why = 'Write the class of the model for each class of images: `{cats: tabby, dogs: 207}`.';
    if (raw === undefined) return rejectMissing(ctx, why) ?? z.NEVER;
    const fits =
      isGroup(raw) &&
      Object.values(raw).every(
        (value) =>
          (typeof value === 'string' && value.trim() !== '') ||
          (Number.isInteger(value) && (value as number) >= 0),
      );
    return fits
      ? (raw as ClassMapping)
      : (reject(ctx, { what: (key) => `${key} cannot be ${show(raw)}.`, why }) ?? z.NEVER);
  })
  .meta({
    description:
      'The class of the model, by name or index, for each class of images that is called otherwise',
    type: 'object',
    additionalProperties: {
      anyOf: [
        { type: 'string', minLength: 1 },
        { type: 'integer', minimum: 0 },
      ],
    },
  });

/**
 * The class that each image should be given, by the image's index; images without a class, or with one that the model does not have, are
 * left out. Names are compared without case, and with spaces, hyphens and underscores alike.
 *
 * @param units how many classes the model has
 * @param mapping of the view; what is wrong in it is reported at `classes`
 */
export function expectedClasses(
  images: readonly ExperimentImage[],
  units: number,
  mapping: ClassMapping | undefined,
  { classes, problem }: Pick<PlanningContext, 'classes' | 'problem'>,
): ReadonlyMap<number, number> {
  const byName = new Map((classes ?? []).map((name, unit) => [plain(name), unit] as const).reverse());
  const known = new Set(images.flatMap((image) => image.class ?? []));
  const mapped = new Map<string, number>();
  for (const [from, to] of Object.entries(mapping ?? {})) {
    if (!known.has(from)) {
      problem(`classes.${from}`, {
        what: `\`classes\` names the class \`${from}\`, and no image is of that class.`,
        choices: byLikeness(from, [...known]),
      });
      continue;
    }
    const unit = unitOf(to, units, byName);
    if (unit !== undefined) mapped.set(from, unit);
    else
      problem(`classes.${from}`, {
        what: `The model has no class \`${to}\`.`,
        ...(typeof to === 'number' || !classes
          ? { why: `Its classes are numbered 0 to ${units - 1}${classes ? '' : ', and have no names'}.` }
          : { choices: byLikeness(to, classes) }),
        ...(classes ? {} : { hint: 'Name the classes of the model with `classes` under `model`.' }),
      });
  }
  return new Map(
    images.flatMap(({ index, class: own }): [number, number][] => {
      if (own === undefined) return [];
      const unit = mapped.get(own) ?? byName.get(plain(own));
      return unit === undefined || unit >= units ? [] : [[index, unit]];
    }),
  );
}

/** A class of the model by name or index; undefined where there is none. */
export function unitOf(
  wanted: string | number,
  units: number,
  byName: ReadonlyMap<string, number>,
): number | undefined {
  const unit = typeof wanted === 'number' ? wanted : byName.get(plain(wanted));
  return unit !== undefined && unit < units ? unit : undefined;
}

/** How names of classes are compared. */
export const plain = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ');
