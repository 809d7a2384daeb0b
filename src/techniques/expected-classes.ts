import { z } from 'zod/v4';
import { byLikeness, nearest } from '../likeness.ts';
import { reject, rejectMissing } from '../schema/issue.ts';
import { isGroup } from '../schema/pieces.ts';
import { show } from '../schema/words.ts';
import type { ExperimentImage, PlanningContext } from './technique.ts';

/** A class of the network as an experiment file names it: by name, or by its position. */
export type ClassReference = string | number;

/** Classes of images by those of the network that each stands for: any one of them is right. */
export type ClassMapping = Readonly<Record<string, readonly ClassReference[]>>;

const WHY = 'Write classes of the network by folder: `{cats: [tabby, 285], dogs: beagle}`.';

/** Which classes of the network folders of images stand for, as `{cats: [tabby, 285], dogs: beagle}`. */
export const classMapping = z
  .unknown()
  .transform((raw, ctx): ClassMapping => {
    if (raw === undefined) return rejectMissing(ctx, WHY) ?? z.NEVER;
    if (!isGroup(raw) || Object.keys(raw).length === 0)
      return reject(ctx, { what: (key) => `${key} cannot be ${show(raw)}.`, why: WHY }) ?? z.NEVER;
    return Object.fromEntries(
      Object.entries(raw).map(([folder, value]) => {
        const list: readonly unknown[] = Array.isArray(value) ? value : [value];
        if (list.length === 0 || !list.every(isReference))
          reject(ctx, { what: (key) => `${key} cannot be ${show(value)}.`, why: WHY }, [folder]);
        return [folder, list as readonly ClassReference[]];
      }),
    );
  })
  .meta({
    description:
      'Which classes of the network the folders of images stand for, by name or index: {cats: [tabby, 285]}',
    type: 'object',
    additionalProperties: {
      anyOf: [
        { type: ['string', 'integer'] },
        { type: 'array', minItems: 1, items: { type: ['string', 'integer'] } },
      ],
    },
    minProperties: 1,
  });

const isReference = (value: unknown): value is ClassReference =>
  (typeof value === 'string' && value.trim() !== '') || (Number.isInteger(value) && (value as number) >= 0);

/** The classes of a network. */
export interface NetworkClasses {
  readonly count: number;
  /** In their order, where they are known. */
  readonly names?: readonly string[] | undefined;
}

/**
 * Which classes each folder stands for: those that the map names, else the one of the same name. Capitals, hyphens and underscores make
 * no difference where only one class is left. Where no names are known, a number is a class's position.
 *
 * @param folders classes of the images
 * @param report says what is wrong with the map, at a key of the view
 * @returns by folder; folders that stand for no class are left out
 */
export function matchFolders(
  folders: readonly string[],
  map: ClassMapping,
  classes: NetworkClasses,
  report: PlanningContext['problem'],
): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  for (const folder of folders) {
    const same = Object.hasOwn(map, folder) ? [] : byName(folder, classes);
    if (same.length === 1) found.set(folder, same);
  }
  for (const [folder, references] of Object.entries(map)) {
    const key = `classes.${folder}`;
    if (!folders.includes(folder)) {
      report(key, {
        what: `\`classes\` names the class ${show(folder)}, and no image is of that class.`,
        ...(folders.length > 0
          ? { choices: byLikeness(folder, folders) }
          : { why: 'The images have no classes. Sub-folders of `images.folder` are classes.' }),
      });
      continue;
    }
    const indices = references.flatMap((reference) => resolve(reference, classes, key, report) ?? []);
    if (indices.length > 0) found.set(folder, [...new Set(indices)]);
  }
  return found;
}

function resolve(
  reference: ClassReference,
  classes: NetworkClasses,
  key: string,
  report: PlanningContext['problem'],
): number | undefined {
  const { count, names } = classes;
  if (typeof reference === 'number') {
    if (reference < count) return reference;
    report(key, {
      what: `The model has no class ${show(reference)}.`,
      why: `Its classes are numbered 0 to ${count - 1}.`,
    });
    return undefined;
  }
  const found = byName(reference, classes);
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    report(key, {
      what: `${found.length} classes of the model are called ${show(reference)}.`,
      hint: `Write the index of one of them: ${found.slice(0, 5).join(', ')}.`,
    });
  } else if (names) {
    const near = nearest(reference, names);
    report(key, {
      what: `The model has no class ${show(reference)}.`,
      ...(near === undefined ? {} : { hint: `Did you mean \`${near}\`?` }),
      choices: byLikeness(reference, names),
    });
  } else {
    report(key, {
      what: `The model has no class ${show(reference)}.`,
      why: `Its classes are numbered 0 to ${count - 1}, and have no names.`,
      hint: 'Name the classes of the model with `classes` under `model`, or write an index.',
    });
  }
  return undefined;
}

/**
 * The class that each image should be given, by the image's index: of several, the first. Images whose class stands for none are left out.
 *
 * @param units how many classes the network has
 * @param mapping of the view; what is wrong in it is reported at `classes`
 */
export function expectedClasses(
  images: readonly ExperimentImage[],
  units: number,
  mapping: ClassMapping | undefined,
  { classes, problem }: Pick<PlanningContext, 'classes' | 'problem'>,
): ReadonlyMap<number, number> {
  const folders = [...new Set(images.flatMap((image) => image.class ?? []))];
  const found = matchFolders(folders, mapping ?? {}, { count: units, names: classes }, problem);
  return new Map(
    images.flatMap(({ index, class: own }): [number, number][] => {
      const [first] = (own === undefined ? undefined : found.get(own)) ?? [];
      return first === undefined ? [] : [[index, first]];
    }),
  );
}

/** A class of the network by name or index; undefined where there is none. @param byName by names as `plain` makes them */
export function unitOf(
  reference: ClassReference,
  units: number,
  byName: ReadonlyMap<string, number>,
): number | undefined {
  const unit = typeof reference === 'number' ? reference : byName.get(plain(reference));
  return unit !== undefined && unit < units ? unit : undefined;
}

/** The classes of that name: exactly, or else but for capitals and what stands between words. */
function byName(name: string, { count, names }: NetworkClasses): readonly number[] {
  if (!names) return /^\d{1,6}$/.test(name) && Number(name) < count ? [Number(name)] : [];
  const where = (is: (other: string) => boolean): number[] =>
    names.flatMap((other, index) => (is(other) ? [index] : []));
  const exact = where((other) => other === name);
  return exact.length > 0 ? exact : where((other) => plain(other) === plain(name));
}

/** How names of classes are compared. */
export const plain = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ');
