/** The `images` section: rules between its keys, and what it means once defaults are filled in. */
import { resolve } from 'node:path';
import type { z } from 'zod/v4';
import type { Check } from './check.ts';
import type { GeneratedSource, ImagesSpec } from './experiment.ts';
import { type imagesSchema, MOST_CLASSES } from './experiment-schema.ts';
import { GENERATED, GENERATED_KINDS, type GeneratedKind } from './generated.ts';
import { didYouMean, nearest, nearestFirst, show } from './words.ts';

const IMAGE_SOURCES = ['folder', 'files', 'glob', 'classes', 'generated'] as const;

type Raw = Readonly<Record<string, unknown>>;

export function checkImages(images: Raw, check: Check): void {
  checkDrawn(images, check);
  if (IMAGE_SOURCES.some((key) => key in images)) return;
  const near = Object.keys(images).some((key) => nearest(key, IMAGE_SOURCES) !== undefined);
  if (near) return;
  check.addAtKey(['images'], {
    what: '`images` needs one of `folder`, `files`, `glob`, `classes`, `generated`.',
    hint: 'Add one or several of these keys.',
    choices: IMAGE_SOURCES,
  });
}

/** Keys of generated images, and names of classes that can be generated. */
function checkDrawn(images: Raw, check: Check): void {
  const kind = images['generated'];
  const { classes } = images;
  if (!('generated' in images)) {
    for (const key of ['count', 'size', 'seed'].filter((name) => name in images)) {
      check.addAtKey(['images', key], {
        what: `\`${key}\` applies to \`generated\` images only.`,
        ...(key === 'count' && { hint: 'To use only some of the images, write `limit`.' }),
      });
    }
    if (Array.isArray(classes) && classes.length > 0) {
      check.add(['images', 'classes'], {
        what: '`classes` as a list of names applies to `generated` images only.',
        why: 'Classes of image files are written `classes: {cats: [a.jpg, b.jpg]}`.',
        hint: 'To generate these classes, add `generated`.',
      });
    }
    return;
  }
  if (!isKind(kind)) return;
  const { classes: valid } = GENERATED[kind];
  if (valid.length === 0) {
    for (const key of ['classes', 'count', 'seed']) {
      if (!(key in images) || (key === 'classes' && !Array.isArray(classes))) continue;
      check.addAtKey(['images', key], {
        what: `\`${key}\` does not apply to \`generated: ${kind}\`.`,
        why: 'It is a single image.',
      });
    }
    return;
  }
  if (!Array.isArray(classes) || classes.length > MOST_CLASSES) return;
  const names = classes.map((name: unknown) => (typeof name === 'number' ? String(name) : name));
  for (const [position, name] of names.entries()) {
    if (typeof name !== 'string') continue;
    if (!valid.includes(name)) {
      check.add(['images', 'classes', position], () => ({
        what: `There are no ${kind === 'two-classes' ? 'generated images' : kind} of class ${show(name)}.`,
        ...didYouMean(name, valid),
        choices: nearestFirst(name, valid),
      }));
    } else if (names.indexOf(name) < position) {
      check.add(['images', 'classes', position], { what: `The class ${show(name)} is named twice.` });
    }
  }
}

const isKind = (kind: unknown): kind is GeneratedKind => GENERATED_KINDS.some((name) => name === kind);

export function toImages(
  spec: z.output<typeof imagesSchema>,
  keys: readonly string[],
  folder: string,
): ImagesSpec {
  const absolute = (paths: readonly string[]) => paths.map((path) => resolve(folder, path));
  const sources = keys.flatMap((key): ImagesSpec['sources'] => {
    switch (key) {
      case 'folder':
        return absolute(spec.folder ?? []).map((path) => ({ kind: 'folder', path }));
      case 'files':
        return [{ kind: 'files', paths: absolute(spec.files ?? []) }];
      case 'glob':
        return absolute(spec.glob ?? []).map((pattern) => ({ kind: 'glob', pattern, base: folder }));
      case 'classes':
        return (spec.classes?.files ?? []).map(({ name, paths }) => ({
          kind: 'files',
          paths: absolute(paths),
          class: name,
        }));
      case 'generated':
        return [toGenerated(spec)];
      default:
        return [];
    }
  });
  const { fit, crop, tiles, limit, names } = spec;
  return {
    sources,
    fit,
    ...(crop && { crop }),
    ...(tiles && { tiles }),
    ...(limit !== undefined && { limit }),
    ...(names && { names }),
  };
}

function toGenerated(spec: z.output<typeof imagesSchema>): GeneratedSource {
  const what = spec.generated!;
  const facts = GENERATED[what];
  const classes = spec.classes?.drawn ?? facts.classes;
  return {
    kind: 'generated',
    what,
    classes,
    count: spec.count ?? facts.each * Math.max(1, classes.length),
    size: spec.size ?? facts.size,
    seed: spec.seed ?? 0,
  };
}
