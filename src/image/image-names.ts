import type { ImageFile } from './candidates.ts';

type Named = Pick<ImageFile, 'file' | 'class' | 'tile'> & { readonly whole?: Pick<ImageFile, 'file'> };

/**
 * What pages call each image, in order: the name that is given for its file; else the file's name without its ending. Names without
 * letters, and those of several files, are told apart by the folder or the class, and by numbers where nothing else does.
 * @param given names by `file`
 */
export function imageNames(
  images: readonly Named[],
  given: ReadonlyMap<string, string> = new Map(),
): string[] {
  const wholes = new Map<string, Named>();
  for (const image of images) wholes.set(keyOf(image), image);
  const named = nameWholes(wholes, given);
  return images.map((image) => {
    const name = named.get(keyOf(image))!;
    return image.tile ? `${name} (${image.tile.row + 1},${image.tile.column + 1})` : name;
  });
}

const fileOf = ({ file, whole }: Named): string => whole?.file ?? file;
/** Files of different sources may have the same relative path. */
const keyOf = (image: Named): string => `${image.class ?? ''}\0${fileOf(image)}`;

function nameWholes(
  wholes: ReadonlyMap<string, Named>,
  given: ReadonlyMap<string, string>,
): Map<string, string> {
  /** How many images each folder and class has. */
  const sizes = new Map<string, number>();
  for (const image of wholes.values())
    for (const group of groupsOf(image)) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const choices = new Map<string, readonly string[]>();
  for (const [key, image] of wholes) {
    const name = given.get(fileOf(image));
    choices.set(key, name === undefined ? namesFor(image, sizes) : [name]);
  }
  const named = new Map<string, string>();
  const taken = new Set<string>();
  const numbers = new Map<string, number>();
  const open = new Map([...choices.keys()].map((key) => [key, 0]));
  // All that would have the same name go on to their next choice, so that which one keeps it is not left to chance.
  while (open.size > 0) {
    const choiceOf = (key: string): string => choices.get(key)![open.get(key)!]!;
    const counts = new Map<string, number>();
    for (const key of open.keys()) counts.set(choiceOf(key), (counts.get(choiceOf(key)) ?? 0) + 1);
    for (const [key, at] of [...open]) {
      let name = choiceOf(key);
      const isFree = counts.get(name) === 1 && !taken.has(name);
      if (!isFree && at + 1 < choices.get(key)!.length) {
        open.set(key, at + 1);
        continue;
      }
      const plain = name;
      while (taken.has(name)) {
        const number = (numbers.get(plain) ?? 1) + 1;
        numbers.set(plain, number);
        name = `${plain} ${number}`;
      }
      named.set(key, name);
      taken.add(name);
      open.delete(key);
    }
  }
  return named;
}

function partsOf(image: Named): { stem: string; folders: readonly string[]; path: string } {
  const path = fileOf(image).replace(/\.[A-Za-z0-9]{1,5}$/, '');
  const parts = path.split('/').filter((part) => part !== '' && part !== '..');
  const stem = parts.pop() ?? path;
  return { stem, folders: parts.reverse(), path };
}

/** The nearest first. */
const groupsOf = (image: Named): ReadonlySet<string> =>
  new Set([...partsOf(image).folders, ...(image.class === undefined ? [] : [image.class])]);

/** From the plainest to the whole path. */
function namesFor(image: Named, sizes: ReadonlyMap<string, number>): string[] {
  const { stem, path } = partsOf(image);
  const groups = [...groupsOf(image)];
  const alone = groups.filter((group) => sizes.get(group) === 1);
  const of = image.class ?? groups[0];
  const both = of === undefined ? [] : [`${of} ${stem}`];
  const hasWords = /\p{L}/u.test(stem);
  return hasWords
    ? [stem, ...alone, ...both, path]
    : [...(of !== undefined && sizes.get(of) === 1 ? [of] : []), ...both, stem, path];
}
