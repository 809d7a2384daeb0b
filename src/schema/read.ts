/** Reads a folder of experiment files and their narratives. */
import { extname, join, resolve } from 'node:path';
import type { Files } from '../effects.ts';
import type { Problem } from '../errors.ts';
import { byNaturalOrder } from '../natural-order.ts';
import { RESERVED_FOLDERS } from './report.ts';
import type { Experiment, Narrative, TechniqueSchema } from './experiment.ts';
import { hasChapters, readChapters } from './chapters.ts';
import type { ChapterContext } from './chapters.ts';
import { parseNarrative } from './narrative.ts';
import type { ParsedNarrative } from './narrative.ts';
import { parseExperiment } from './parse.ts';
import { idProblem, toId } from './pieces.ts';
import { readText, shorter } from './text-file.ts';
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
    const problem = nameProblem(id, near(file), known.get(id.toLowerCase()));
    known.set(id.toLowerCase(), known.get(id.toLowerCase()) ?? near(file));
    if (problem) {
      problems.push({ id, problem });
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

  const views = experiment?.views.map((view) => view.id);
  const context = { contentDir, files, cwd, ...(views && { views }) };
  const overview = await readOverview(id, context);
  const chapters = await readChapters(id, context);
  const narrative = { ...overview.narrative, chapters: chapters.chapters };
  return {
    ...(experiment && { experiment: { ...experiment, narrative } }),
    problems: [...problems, ...overview.problems, ...chapters.problems],
  };
}

/** content/<id>.md, which need not be there. */
async function readOverview(
  id: string,
  { contentDir, files, cwd, views }: ChapterContext,
): Promise<ParsedNarrative> {
  const page = resolve(contentDir, `${id}.md`);
  if ((await files.stat(page))?.kind !== 'file') return { narrative: { blocks: [] }, problems: [] };
  const shownFile = shorter(page, cwd);
  const text = await readText(page, shownFile, files);
  if (typeof text !== 'string') return { narrative: { blocks: [] }, problems: [text] };
  return parseNarrative({ text, shownFile, ...(views && { views }) });
}

function nameProblem(id: string, file: string, other: string | undefined): Problem | undefined {
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
  const named = ((await files.list(contentDir)) ?? []).filter((name) => /^[^._]/.test(name));
  const strays: { problem: Problem }[] = [];
  for (const name of named.sort(byNaturalOrder)) {
    const isText = /\.md$/i.test(name);
    const id = isText ? name.slice(0, -'.md'.length) : name;
    if (ids.includes(id.toLowerCase()) || /^readme$/i.test(id)) continue;
    if (!isText && !(await hasChapters(join(contentDir, name), files))) continue;
    const problem = {
      what: `There is no experiment ${show(id)} for ${isText ? 'this text' : 'these chapters'}.`,
      place: { file: shorter(join(contentDir, name), cwd) },
      ...didYouMean(id, ids),
      choices: ids.map((other) => visible(isText ? `${other}.md` : other)),
    };
    strays.push({ problem });
  }
  return strays;
}

const singleProblem = (problem: Problem): ReadExperiments => ({ experiments: [], problems: [{ problem }] });
