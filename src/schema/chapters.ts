/** content/<id>/NN-name.md: the chapters of a report's text, in the order of their numbers. */
import { join, resolve } from 'node:path';
import type { Files } from '../effects.ts';
import type { Problem } from '../errors.ts';
import { byNaturalOrder } from '../natural-order.ts';
import type { NarrativeChapter } from './experiment.ts';
import { parseChapter } from './narrative.ts';
import { idProblem, toId } from './pieces.ts';
import { readText, shorter } from './text-file.ts';
import { show } from './words.ts';

export interface ChapterContext {
  readonly contentDir: string;
  readonly files: Files;
  readonly cwd: string;
  /** As in NarrativeText. */
  readonly views?: readonly string[];
}

const MARKDOWN = /^[^._].*\.md$/i;
const NUMBERED = /^\d+-(.+)\.md$/i;

const isChapter = (name: string): boolean => MARKDOWN.test(name) && !/^readme\.md$/i.test(name);

/** False where there is no such folder. */
export async function hasChapters(folder: string, files: Files): Promise<boolean> {
  return ((await files.list(folder)) ?? []).some(isChapter);
}

/** Nothing where the folder is absent. */
export async function readChapters(
  experiment: string,
  { contentDir, files, cwd, views }: ChapterContext,
): Promise<{ readonly chapters: readonly NarrativeChapter[]; readonly problems: readonly Problem[] }> {
  const folder = resolve(contentDir, experiment);
  const names = ((await files.list(folder)) ?? []).filter(isChapter).sort(byNaturalOrder);
  const chapters: NarrativeChapter[] = [];
  const problems: Problem[] = [];
  const known = new Map<string, string>();
  for (const name of names) {
    const file = join(folder, name);
    const shownFile = shorter(file, cwd);
    const id = NUMBERED.exec(name)?.[1] ?? '';
    const problem = nameProblem(name, id, shownFile, known.get(id));
    known.set(id, known.get(id) ?? shownFile);
    const text = problem ?? (await readText(file, shownFile, files));
    if (typeof text !== 'string') {
      problems.push(text);
      continue;
    }
    const read = parseChapter({ text, shownFile, ...(views && { views }) });
    problems.push(...read.problems);
    chapters.push({ id, ...read.chapter, title: read.chapter.title ?? titleOf(id) });
  }
  return { chapters, problems };
}

function nameProblem(name: string, id: string, file: string, other: string | undefined): Problem | undefined {
  const place = { file };
  const what = `A chapter cannot be called ${show(name)}.`;
  const number = /^\d+/.exec(name)?.[0] ?? '01';
  const example = `${number}-${toId(name.replace(/^\d*-?|\.md$/gi, '')) || 'edges'}.md`;
  if (id === '') {
    return {
      ...{ what, place },
      why: 'The file name of a chapter is its number, a hyphen and its id.',
      hint: `Rename the file, for example to \`${example}\`.`,
    };
  }
  const why = idProblem(id);
  if (why !== undefined) return { what, place, why, hint: `Rename the file to \`${example}\`.` };
  if (other === undefined) return undefined;
  return {
    what: `Two chapters are called ${show(id)}.`,
    place,
    why: `The other one is \`${other}\`. The number is not part of the address.`,
    hint: 'Rename one of them.',
  };
}

/** `first-edges` becomes `First edges`. */
const titleOf = (id: string): string => id.charAt(0).toUpperCase() + id.slice(1).replaceAll('-', ' ');
