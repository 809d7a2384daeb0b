/**
 * From the `images` section of an experiment to a list of pictures. Nothing is decoded or drawn here.
 *
 * Symbolic links are followed wherever they lead: whoever writes an experiment file can name any folder anyway, and data
 * sets are often linked in. A link that leads back into a folder it lies in is not entered again.
 */
import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { glob } from 'tinyglobby';
import { nodeFiles, type Files } from '../effects.ts';
import type { Place, Problem } from '../errors.ts';
import type { GeneratedSource, ImagesSpec } from '../schema/experiment.ts';
import type { Drawing } from '../schema/generated.ts';
import { displayPath } from '../model/paths.ts';
import { byNaturalPath } from './natural-order.ts';

export type Picture = PictureName &
  (
    | { /** Absolute. */ readonly path: string; readonly drawing?: undefined }
    | { readonly path?: undefined; readonly drawing: Drawing }
  );

interface PictureName {
  /**
   * Forward slashes; relative to the folder named, to the part of a glob before its first wildcard, or to the folder
   * that all of a list of files share: `a/01-chelsea.jpg`. A tile says its row and column from 1: `cells.png (2,3)`. One
   * that is drawn is called as if it lay in a folder of its class: `wheel/3.png`.
   */
  readonly file: string;
  /** The folder's first level below the source, or what the list of files or the drawing says. */
  readonly class?: string;
  readonly tile?: Tile;
}

/** One of `rows` x `columns` equal parts of a picture; `row` and `column` count from 0. */
export interface Tile {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

export interface ImageListing {
  /** At most `limit`, in the order of the sources, natural order within each. */
  readonly pictures: readonly Picture[];
  /** Before `limit`: what `pickEvenly` can take others from where some turn out to be unreadable. */
  readonly all: readonly Picture[];
  readonly problems: readonly Problem[];
}

export const PICTURE_EXTENSIONS = ['png', 'jpg', 'jpeg', 'webp', 'gif', 'tif', 'tiff', 'avif'] as const;
const MAX_DEPTH = 8;

/**
 * Files whose name begins with a dot, or does not end like a picture's, are passed over in folders and globs; a file that
 * is listed by name is taken whatever its name. A source that gives nothing is a problem.
 *
 * @param options.place where the experiment file says so, for messages; called with `folder`, `files`, `glob`
 */
export async function listImages(
  spec: ImagesSpec,
  options: { files?: Files; place?: (key: string) => Place | undefined } = {},
): Promise<ImageListing> {
  const { files = nodeFiles, place = () => undefined } = options;
  const found: Picture[] = [];
  const problems: Problem[] = [];
  for (const source of spec.sources) {
    const at = place(source.kind);
    const report = (problem: Problem) => problems.push(at ? { ...problem, place: at } : problem);
    if (source.kind === 'folder') found.push(...(await fromFolder(source.path, files, report)));
    else if (source.kind === 'files') found.push(...(await fromList(source, files, report)));
    else if (source.kind === 'glob') found.push(...(await fromGlob(source, report)));
    else found.push(...fromDrawings(source));
  }
  const { tiles } = spec;
  const all = tiles ? found.flatMap((picture) => cut(picture, tiles)) : found;
  return { pictures: spec.limit === undefined ? all : pickEvenly(all, spec.limit), all, problems };
}

type Report = (problem: Problem) => void;

async function fromFolder(folder: string, files: Files, report: Report): Promise<Picture[]> {
  const there = await files.stat(folder);
  if (there?.kind !== 'folder') {
    report({
      what: there
        ? `The image folder ${displayPath(folder)} is a file.`
        : `The image folder ${folder} does not exist.`,
      hint: there
        ? 'Name the folder it lies in, or list the file under `files`.'
        : 'A folder is looked for relative to the experiment file; write it so, or as an absolute path.',
    });
    return [];
  }
  const names: string[] = [];
  await walk(folder, '', 0, [], names);
  const pictures = names.filter(hasPictureName).sort(byNaturalPath);
  if (pictures.length === 0)
    report({ ...nothing(`The image folder ${displayPath(folder)} holds no picture.`), ...why(names) });
  return pictures.map((name) => ({ path: join(folder, ...name.split('/')), file: name, ...classOf(name) }));
}

/** Adds the names of all files below, relative to `root`, with forward slashes. */
async function walk(
  root: string,
  below: string,
  depth: number,
  above: string[],
  names: string[],
): Promise<void> {
  const folder = join(root, below);
  const real = await realpath(folder);
  if (above.includes(real) || depth > MAX_DEPTH) return;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    const kind = entry.isSymbolicLink() ? (await nodeFiles.stat(join(root, name)))?.kind : undefined;
    if (entry.isDirectory() || kind === 'folder') await walk(root, name, depth + 1, [...above, real], names);
    else if (entry.isFile() || kind === 'file') names.push(name);
  }
}

async function fromList(
  source: { paths: readonly string[]; class?: string },
  files: Files,
  report: Report,
): Promise<Picture[]> {
  const base = sharedFolder(source.paths);
  const pictures: Picture[] = [];
  for (const path of source.paths) {
    const there = await files.stat(path);
    if (there?.kind === 'file') {
      pictures.push({
        path,
        file: forward(relative(base, path)),
        ...(source.class === undefined ? {} : { class: source.class }),
      });
    } else if (there?.kind === 'folder') {
      report({
        what: `The picture ${displayPath(path)} is a folder.`,
        hint: 'Name it under `folder` instead.',
      });
    } else {
      report({
        what: `The picture ${displayPath(path)} does not exist.`,
        hint: 'A file is looked for relative to the experiment file.',
      });
    }
  }
  if (source.paths.length === 0) report(nothing('The list of pictures is empty.'));
  return pictures;
}

async function fromGlob(source: { pattern: string; base: string }, report: Report): Promise<Picture[]> {
  // Relative to `base`, since brackets and stars in the folders above it are no wildcards.
  const pattern = forward(relative(source.base, source.pattern));
  const found = await glob(pattern, { cwd: source.base, absolute: true, expandDirectories: false });
  const root = join(source.base, fixedPart(pattern));
  const names = found.map((path) => forward(relative(root, path)));
  const pictures = names.filter(hasPictureName).sort(byNaturalPath);
  if (pictures.length === 0)
    report({ ...nothing(`No picture fits the pattern ${displayPath(source.pattern)}.`), ...why(names) });
  return pictures.map((name) => ({ path: join(root, ...name.split('/')), file: name, ...classOf(name) }));
}

/** Class by class, numbered from 1. */
function fromDrawings({ what, classes, count, size, seed }: GeneratedSource): Picture[] {
  if (classes.length === 0) return [{ file: `${what}.png`, drawing: { kind: what, index: 0, seed, size } }];
  return classes.flatMap((name, position) => {
    const share = Math.floor(count / classes.length) + (position < count % classes.length ? 1 : 0);
    return Array.from({ length: share }, (_, index): Picture => ({
      file: `${name}/${index + 1}.png`,
      class: name,
      drawing: { kind: what, class: name, index, seed, size },
    }));
  });
}

/** The folders of a pattern before its first wildcard. */
function fixedPart(pattern: string): string {
  const parts = pattern.split('/');
  const wild = parts.findIndex((part) => /[*?[\]{}()!+@]/.test(part));
  return parts.slice(0, wild < 0 ? -1 : wild).join('/');
}

function sharedFolder(paths: readonly string[]): string {
  let shared = dirname(paths[0] ?? '.');
  const holdsAll = () => paths.every((path) => path.startsWith(shared.endsWith(sep) ? shared : shared + sep));
  while (!holdsAll() && dirname(shared) !== shared) shared = dirname(shared);
  return shared;
}

function cut(picture: Picture, tiles: { rows: number; columns: number }): Picture[] {
  return Array.from({ length: tiles.rows * tiles.columns }, (_, index) => {
    const row = Math.floor(index / tiles.columns);
    const column = index % tiles.columns;
    return {
      ...picture,
      file: `${picture.file} (${row + 1},${column + 1})`,
      tile: { row, column, ...tiles },
    };
  });
}

/**
 * The first ones of every class so that all have as many as can be, `limit` in all; classes that run out leave their
 * share to the others, and where it does not divide evenly the earlier classes have one more. Order is kept.
 */
export function pickEvenly(pictures: readonly Picture[], limit: number): readonly Picture[] {
  if (pictures.length <= limit) return pictures;
  const sizes = new Map<string | undefined, number>();
  for (const { class: name } of pictures) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  const quota = new Map<string | undefined, number>([...sizes.keys()].map((name) => [name, 0]));
  let left = limit;
  while (left > 0) {
    const open = [...sizes.keys()].filter((name) => quota.get(name)! < sizes.get(name)!);
    const share = Math.max(1, Math.floor(left / open.length));
    for (const name of open.slice(0, left)) {
      const more = Math.min(share, sizes.get(name)! - quota.get(name)!);
      quota.set(name, quota.get(name)! + more);
      left -= more;
    }
  }
  return pictures.filter(({ class: name }) => {
    const rest = quota.get(name)!;
    quota.set(name, rest - 1);
    return rest > 0;
  });
}

function classOf(name: string): { class?: string } {
  const slash = name.indexOf('/');
  return slash > 0 && !name.startsWith('../') ? { class: name.slice(0, slash) } : {};
}

function hasPictureName(name: string): boolean {
  const ending = /\.([^./]+)$/.exec(basename(name))?.[1]?.toLowerCase();
  return !basename(name).startsWith('.') && PICTURE_EXTENSIONS.some((extension) => extension === ending);
}

const forward = (path: string) => (sep === '/' ? path : path.split(sep).join('/'));

const nothing = (what: string): Problem => ({
  what,
  hint: `Put pictures there: ${PICTURE_EXTENSIONS.map((extension) => `.${extension}`).join(', ')}.`,
});

const why = (names: readonly string[]) =>
  names.length === 0
    ? {}
    : {
        why: `It has ${names.length === 1 ? 'one file' : `${names.length} files`} of other kinds, such as ${[...names].sort(byNaturalPath)[0]!}.`,
      };
