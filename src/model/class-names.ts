import { UnavailableError, UserError } from '../errors.ts';
import { memorySize } from '../byte-size.ts';
import type { ModelSpec } from '../schema/experiment.ts';
import { IMAGENET } from './imagenet-classes.ts';
import type { LayerInfo } from './network.ts';
import type { OpenContext } from './open-architecture.ts';
import { displayPath } from '../paths.ts';
import type { ZooModel } from './zoo/index.ts';
import { classesOf } from './zoo/index.ts';

/** Of a file of class names. */
const MAX_BYTES = 2 ** 20;

/**
 * What the units of the last layer stand for: as the experiment says, or as the weights were trained that the zoo brings; undefined where
 * nothing says it.
 * @throws UserError where there are more or fewer names than units
 */
export async function classNames(
  spec: ModelSpec,
  zoo: ZooModel | undefined,
  last: LayerInfo,
  context: OpenContext,
): Promise<readonly string[] | undefined> {
  const units = last.outputShape.at(-1)!;
  if (spec.classes === undefined) {
    const { weights } = spec;
    const name = typeof weights === 'object' && 'bundled' in weights ? weights.bundled : weights && '';
    const own = zoo && classesOf(zoo, name);
    return own?.length === units && last.outputShape.length === 1 ? own : undefined;
  }
  const names =
    spec.classes === 'imagenet'
      ? IMAGENET
      : 'file' in spec.classes
        ? await readNames(spec.classes.file, context)
        : spec.classes;
  if (names.length === units) return names;
  throw new UserError({
    what: `\`classes\` has ${names.length.toLocaleString('en')} names, and the last layer \`${last.name}\` has ${units.toLocaleString('en')} ${last.outputShape.length === 1 ? 'units' : 'filters'}.`,
    place: context.place('classes'),
    why: 'Each unit of the last layer is a class.',
    hint: 'Give as many names as there are units, in their order, or leave `classes` out.',
  });
}

/** One name on each line. */
async function readNames(path: string, { files, place }: OpenContext): Promise<readonly string[]> {
  const found = await files.stat(path);
  if (found?.kind !== 'file') {
    throw new UnavailableError({
      what: `The file of class names \`${displayPath(path)}\` does not exist.`,
      place: place('classes'),
      hint: 'Write the path relative to the experiment file, a list of names, or `imagenet`.',
    });
  }
  if (found.size > MAX_BYTES) {
    throw new UserError({
      what: `The file of class names \`${displayPath(path)}\` has ${memorySize(found.size)}.`,
      place: place('classes'),
      why: `The limit is ${memorySize(MAX_BYTES)}.`,
    });
  }
  const lines = (await files.readText(path))
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/);
  const names = lines.map((line) => line.trim());
  const empty = names.indexOf('');
  if (empty < 0) return names;
  throw new UserError({
    what:
      names.length === 1
        ? 'The file of class names is empty.'
        : `Line ${empty + 1} of the class names is empty.`,
    place: { file: displayPath(path), line: empty + 1 },
    hint: 'Write one name on each line.',
  });
}
