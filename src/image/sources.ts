/**
 * From the `images` section of an experiment to a list of images. Nothing is decoded or drawn here.
 *
 * Symbolic links are followed wherever they lead: whoever writes an experiment file can name any folder anyway, and data
 * sets are often linked in. A link that leads back into a folder it lies in is not entered again.
 */
import { basename, dirname, join, relative, sep } from 'node:path';
import { nodeFiles, type Files } from '../effects.ts';
import type { Place, Problem } from '../errors.ts';
import type { GeneratedSource, ImagesSpec } from '../schema/experiment.ts';
import { displayPath } from '../paths.ts';
import { Candidates } from './candidates.ts';
import type { ImageFile } from './candidates.ts';
import { byNaturalPath } from '../natural-order.ts';
import {
  MAX_ENTRIES,
  TooManyEntriesError,
  describeReadError,
  walk,
  walkGlob,
  type Listing,
  type SkippedFile,
} from './walk.ts';

export interface ImageListing {
  /** In the order of the sources, natural order within each. */
  readonly candidates: Candidates;
  /** Entries that are called like images and are none that can be opened, in the order of the sources. */
  readonly skipped: readonly SkippedFile[];
  readonly problems: readonly Problem[];
}

export const IMAGE_EXTENSIONS = ['png', 'jpg', 'jpeg', 'webp', 'gif', 'tif', 'tiff', 'avif'] as const;
/** Images of one experiment, after `limit`. */
export const MAX_IMAGES = 100_000;
/** Tiles that `limit` may choose from. */
export const MAX_TILES = 1_000_000;

/**
 * Files whose name begins with a dot, or does not end like an image's, are passed over in folders and globs; a file that
 * is listed by name is taken whatever its name. A source that gives nothing is a problem.
 *
 * @param options.place where the experiment file says so, for messages; called with `folder`, `files`, `glob`
 */
export async function listImages(
  spec: ImagesSpec,
  options: { files?: Files; place?: (key: string) => Place | undefined } = {},
): Promise<ImageListing> {
  const { files = nodeFiles, place = () => undefined } = options;
  const found: ImageFile[] = [];
  const skipped: SkippedFile[] = [];
  const problems: Problem[] = [];
  for (const source of spec.sources) {
    const at = place(source.kind);
    const report = (problem: Problem) => problems.push(at ? { ...problem, place: at } : problem);
    const add = (more: { images: readonly ImageFile[]; skipped?: readonly SkippedFile[] }) => {
      for (const image of more.images) found.push(image);
      for (const file of more.skipped ?? []) skipped.push(file);
    };
    if (source.kind === 'folder') add(await fromFolder(source.path, files, report));
    else if (source.kind === 'files') add({ images: await fromList(source, files, report) });
    else if (source.kind === 'glob') add(await fromGlob(source, report));
    else add({ images: fromDrawings(source) });
  }
  const { tiles } = spec;
  const excess = tooMany(found.length, spec);
  if (excess) {
    const at = place(tiles ? 'tiles' : (spec.sources[0]?.kind ?? ''));
    return {
      candidates: new Candidates([]),
      skipped,
      problems: [...problems, at ? { ...excess, place: at } : excess],
    };
  }
  return { candidates: new Candidates(found, tiles), skipped, problems };
}

/** Before a list of them is made: a small file can ask for more tiles than memory holds. */
function tooMany(files: number, { tiles, limit }: ImagesSpec): Problem | undefined {
  const count = files * (tiles ? tiles.rows * tiles.columns : 1);
  const most = limit === undefined ? MAX_IMAGES : tiles ? MAX_TILES : Infinity;
  if (count <= most) return undefined;
  const [images, allowed] = [count, most].map((number) => number.toLocaleString('en'));
  return {
    what: tiles
      ? `\`tiles: ${tiles.rows}x${tiles.columns}\` makes ${images} images of ${files.toLocaleString('en')} ${files === 1 ? 'file' : 'files'}.`
      : `\`images\` gives ${images} images.`,
    why: `At most ${allowed} are allowed${limit === undefined ? '' : ' to choose from'}.`,
    hint: `${tiles ? 'Cut fewer tiles' : 'Name fewer files'}${limit === undefined ? ', or set `limit`' : ', or name fewer files'}.`,
  };
}

type AddProblem = (problem: Problem) => void;

interface Found {
  readonly images: readonly ImageFile[];
  readonly skipped: readonly SkippedFile[];
}

async function fromFolder(folder: string, files: Files, report: AddProblem): Promise<Found> {
  const there = await files.stat(folder);
  if (there?.kind !== 'folder') {
    report({
      what: there
        ? `The image folder \`${displayPath(folder)}\` is a file.`
        : `The image folder \`${folder}\` does not exist.`,
      hint: there
        ? 'Name its folder, or list the file under `files`.'
        : 'Write the path relative to the experiment file, or absolute.',
    });
    return { images: [], skipped: [] };
  }
  let listing: Listing;
  try {
    listing = await walk(folder, hasImageExtension);
  } catch (error) {
    report(
      error instanceof TooManyEntriesError
        ? {
            what: `The image folder \`${displayPath(folder)}\` contains more than ${MAX_ENTRIES.toLocaleString('en')} entries.`,
            hint: 'Name a sub-folder.',
          }
        : { what: `The image folder \`${displayPath(folder)}\` ${describeReadError(error)}.` },
    );
    return { images: [], skipped: [] };
  }
  const { names, skipped } = listing;
  const images = names.filter(hasImageExtension).sort(byNaturalPath);
  if (images.length === 0)
    report({
      ...noImages(`The image folder \`${displayPath(folder)}\` contains no images.`),
      ...describeOthers(names, skipped),
    });
  return {
    images: images.map((name) => ({
      path: join(folder, ...name.split('/')),
      file: name,
      ...classOf(name),
    })),
    skipped: [...skipped].sort((a, b) => byNaturalPath(a.file, b.file)),
  };
}

async function fromList(
  source: { paths: readonly string[]; class?: string },
  files: Files,
  report: AddProblem,
): Promise<ImageFile[]> {
  const base = sharedFolder(source.paths);
  const images: ImageFile[] = [];
  for (const path of source.paths) {
    const there = await files.stat(path);
    if (there?.kind === 'file') {
      images.push({
        path,
        file: forward(relative(base, path)),
        ...(source.class === undefined ? {} : { class: source.class }),
      });
    } else if (there?.kind === 'folder') {
      report({
        what: `The image file \`${displayPath(path)}\` is a folder.`,
        hint: 'Name it under `folder`.',
      });
    } else if (there) {
      report({
        what: `The image file \`${displayPath(path)}\` is a pipe, a socket or a device.`,
        hint: 'Name a file.',
      });
    } else {
      report({
        what: `The image file \`${displayPath(path)}\` does not exist.`,
        hint: 'Write the path relative to the experiment file, or absolute.',
      });
    }
  }
  if (source.paths.length === 0) report(noImages('The list of image files is empty.'));
  return images;
}

async function fromGlob(source: { pattern: string; base: string }, report: AddProblem): Promise<Found> {
  // Relative to `base`, since brackets and stars in the folders above it are no wildcards.
  const pattern = forward(relative(source.base, source.pattern));
  const root = join(source.base, fixedPart(pattern));
  const { names, skipped } = await walkGlob(pattern, { cwd: source.base, root, accepts: hasImageExtension });
  const images = names.filter(hasImageExtension).sort(byNaturalPath);
  if (images.length === 0)
    report({
      ...noImages(`No image matches the pattern \`${displayPath(source.pattern)}\`.`),
      ...describeOthers(names, skipped),
    });
  return {
    images: images.map((name) => ({
      path: join(root, ...name.split('/')),
      file: name,
      ...classOf(name),
    })),
    skipped: [...skipped].sort((a, b) => byNaturalPath(a.file, b.file)),
  };
}

/** Class by class, numbered from 1. */
function fromDrawings({ what, classes, count, size, seed }: GeneratedSource): ImageFile[] {
  if (classes.length === 0) return [{ file: `${what}.png`, drawing: { kind: what, index: 0, seed, size } }];
  return classes.flatMap((name, position) => {
    const share = Math.floor(count / classes.length) + (position < count % classes.length ? 1 : 0);
    return Array.from({ length: share }, (_, index): ImageFile => ({
      file: `${name}/${index + 1}.png`,
      class: name,
      drawing: { kind: what, class: name, index, seed, size },
    }));
  });
}

/** The folders of a pattern before its first wildcard. */
function fixedPart(pattern: string): string {
  const parts = pattern.split('/');
  const wildcard = parts.findIndex((part) => /[*?[\]{}()!+@]/.test(part));
  return parts.slice(0, wildcard < 0 ? -1 : wildcard).join('/');
}

function sharedFolder(paths: readonly string[]): string {
  let shared = dirname(paths[0] ?? '.');
  const holdsAll = () => paths.every((path) => path.startsWith(shared.endsWith(sep) ? shared : shared + sep));
  while (!holdsAll() && dirname(shared) !== shared) shared = dirname(shared);
  return shared;
}

function classOf(name: string): { class?: string } {
  const slash = name.indexOf('/');
  return slash > 0 && !name.startsWith('../') ? { class: name.slice(0, slash) } : {};
}

function hasImageExtension(name: string): boolean {
  const ending = /\.([^./]+)$/.exec(basename(name))?.[1]?.toLowerCase();
  return !basename(name).startsWith('.') && IMAGE_EXTENSIONS.some((extension) => extension === ending);
}

const forward = (path: string) => (sep === '/' ? path : path.split(sep).join('/'));

const noImages = (what: string): Problem => ({
  what,
  hint: `Supported image files: ${IMAGE_EXTENSIONS.map((extension) => `.${extension}`).join(', ')}.`,
});

function describeOthers(names: readonly string[], skipped: readonly SkippedFile[]): { why?: string } {
  const first = skipped[0];
  if (first) {
    return {
      why: `${skipped.length === 1 ? 'One entry was' : `${skipped.length} entries were`} skipped, such as \`${first.file}\`: ${first.reason}`,
    };
  }
  if (names.length === 0) return {};
  return {
    why: `It has ${names.length === 1 ? 'one file' : `${names.length} files`} of other kinds, such as \`${[...names].sort(byNaturalPath)[0]!}\`.`,
  };
}
