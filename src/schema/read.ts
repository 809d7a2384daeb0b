/** Reads a folder of experiment files and their narratives. */
import { extname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Files } from '../effects.ts';
import type { Problem } from '../errors.ts';
import { WorkError } from '../errors.ts';
import { byNaturalOrder } from '../natural-order.ts';
import { RESERVED_FOLDERS } from './report.ts';
import type { Experiment, Narrative, TechniqueSchema } from './experiment.ts';
import { parseNarrative } from './narrative.ts';
import { parseExperiment } from './parse.ts';
import { idProblem, toId } from './pieces.ts';
import { didYouMean, show, visible } from './words.ts';

export interface ReadOptions {
  /** The folder of experiment files: *.yaml and *.yml; what else is there is left alone. */
  readonly dir: string;
  /** The folder of narratives; need not exist. */
  readonly contentDir: string;
  readonly techniques: readonly TechniqueSchema[];
  readonly files: Files;
  /** Messages show paths relative to it where that is shorter. */
  readonly cwd: string;
}

export interface ReadExperiments {
  /** Those without a problem, in natural order of their ids. */
  readonly experiments: readonly (Experiment & { readonly narrative: Narrative })[];
  /** With the experiment's id where the problem belongs to one. */
  readonly problems: readonly { readonly id?: string; readonly problem: Problem }[];
}

/** Windows keeps these names for devices, whatever their ending. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)$/;
const MOST_BYTES = 1024 * 1024;

/** Never throws for what users can get wrong: one bad file hides no other. */
export async function readExperiments(options: ReadOptions): Promise<ReadExperiments> {
  const { dir, files, cwd } = options;
  const near = (path: string) => shorter(path, cwd);
  const listed = await files.list(dir);
  if (!listed) {
    return singleProblem({
      what: `There is no folder \`${near(dir)}\`.`,
      why: 'It is the folder of the experiment files.',
      hint: 'Create it and put a .yaml file into it, or name another folder with `--experiments`.',
    });
  }
  const names = listed.filter((name) => /^[^.].*\.ya?ml$/i.test(name)).sort(byNaturalOrder);
  if (names.length === 0) {
    return singleProblem({
      what: `There are no experiments in \`${near(dir)}\`.`,
      hint: 'Put a .yaml file into it, or run `npx filterscope new`.',
    });
  }

  const experiments: ReadExperiments['experiments'][number][] = [];
  const problems: { id?: string; problem: Problem }[] = [];
  const known = new Map<string, string>();
  for (const name of names) {
    const id = name.slice(0, -extname(name).length);
    const file = resolve(dir, name);
    const trouble = nameTrouble(id, near(file), known.get(id.toLowerCase()));
    known.set(id.toLowerCase(), known.get(id.toLowerCase()) ?? near(file));
    if (trouble) {
      problems.push({ id, problem: trouble });
      continue;
    }
    const read = await readOne(id, file, options);
    problems.push(...read.problems.map((problem) => ({ id, problem })));
    if (read.experiment && read.problems.length === 0) experiments.push(read.experiment);
  }
  problems.push(...(await strayNarratives(options, [...known.keys()])));
  return { experiments, problems };
}

async function readOne(
  id: string,
  file: string,
  { contentDir, techniques, files, cwd }: ReadOptions,
): Promise<{ experiment?: Experiment & { narrative: Narrative }; problems: readonly Problem[] }> {
  const shownFile = shorter(file, cwd);
  const text = await readText(file, shownFile, files);
  const { experiment, problems } =
    typeof text === 'string'
      ? parseExperiment({ id, text, file, shownFile }, techniques)
      : { problems: [text] };

  const page = resolve(contentDir, `${id}.md`);
  if ((await files.stat(page))?.kind !== 'file') {
    return { ...(experiment && { experiment: { ...experiment, narrative: { blocks: [] } } }), problems };
  }
  const shownPage = shorter(page, cwd);
  const prose = await readText(page, shownPage, files);
  if (typeof prose !== 'string') return { problems: [...problems, prose] };
  const views = experiment?.views.map((view) => view.id);
  const read = parseNarrative({ text: prose, shownFile: shownPage, ...(views && { views }) });
  return {
    ...(experiment && { experiment: { ...experiment, narrative: read.narrative } }),
    problems: [...problems, ...read.problems],
  };
}

/** The text of a file, or why there is none to be had. */
async function readText(file: string, shownFile: string, files: Files): Promise<string | Problem> {
  const place = { file: shownFile };
  const there = await files.stat(file);
  if (there?.kind !== 'file')
    return { what: there ? 'The path is not a file.' : 'The file does not exist.', place };
  const tooLarge = {
    what: 'The file is larger than 1 MB.',
    place,
    why: 'The limit for an experiment file is 1 MB.',
  };
  if (there.size > MOST_BYTES) return tooLarge;
  let bytes: Uint8Array;
  try {
    bytes = await files.readBytes(file);
  } catch (error) {
    if (error instanceof WorkError) throw error;
    return { what: 'The file cannot be read.', place, why: `${(error as Error).message}.` };
  }
  if (bytes.length > MOST_BYTES) return tooLarge;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // eslint-disable-next-line no-control-regex -- finding control characters is the point
    const odd = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text);
    if (!odd) return text;
    return {
      what: `The file contains the control character ${codeOf(odd[0])}.`,
      place: placeIn(text, odd.index, shownFile),
      hint: 'Delete the character.',
    };
  } catch {
    const text = new TextDecoder('utf-8').decode(bytes);
    return {
      what: 'The file is not UTF-8 text.',
      place: placeIn(text, Math.max(0, text.indexOf('\ufffd')), shownFile),
      hint: 'Save the file as UTF-8.',
    };
  }
}

const codeOf = (letter: string) => `U+${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

function placeIn(text: string, offset: number, file: string) {
  const above = text.slice(0, offset).split('\n');
  return { file, line: above.length, column: above.at(-1)!.length + 1 };
}

function nameTrouble(id: string, file: string, other: string | undefined): Problem | undefined {
  const place = { file };
  if (other !== undefined) {
    return {
      what: `Two experiments are called ${show(id.toLowerCase())}.`,
      place,
      why: `The other one is \`${other}\`. The name becomes a URL, in which case and ending make no difference.`,
      hint: 'Rename one of them.',
    };
  }
  const why = idProblem(id);
  const better = toId(id);
  if (why !== undefined) {
    return {
      what: `An experiment cannot be called ${show(id)}.`,
      place,
      why,
      hint: better ? `Rename the file to \`${better}.yaml\`.` : 'Rename the file.',
    };
  }
  if (!RESERVED_FOLDERS.includes(id) && !DEVICES.test(id)) return undefined;
  return {
    what: `An experiment cannot be called ${show(id)}.`,
    place,
    why: RESERVED_FOLDERS.includes(id)
      ? 'The gallery uses a folder of that name.'
      : 'Windows does not allow a folder of that name.',
    hint: 'Rename the file.',
  };
}

/** Narratives whose experiment does not exist: most likely one of the two was renamed. */
async function strayNarratives(
  { contentDir, files, cwd }: ReadOptions,
  ids: readonly string[],
): Promise<{ id?: string; problem: Problem }[]> {
  const pages = ((await files.list(contentDir)) ?? [])
    .filter((name) => /^[^._].*\.md$/i.test(name))
    .sort(byNaturalOrder);
  return pages.flatMap((name) => {
    const id = name.slice(0, -'.md'.length);
    if (ids.includes(id.toLowerCase()) || /^readme$/i.test(id)) return [];
    const problem = {
      what: `There is no experiment ${show(id)} for this text.`,
      place: { file: shorter(join(contentDir, name), cwd) },
      ...didYouMean(id, ids),
      choices: ids.map((other) => visible(`${other}.md`)),
    };
    return [{ problem }];
  });
}

const singleProblem = (problem: Problem): ReadExperiments => ({ experiments: [], problems: [{ problem }] });

/** The path as a user in `cwd` would type it. */
function shorter(path: string, cwd: string): string {
  const fromHere = relative(cwd, path) || '.';
  return visible(isAbsolute(fromHere) || fromHere.length >= path.length ? path : fromHere);
}
