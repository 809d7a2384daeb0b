/** The keys before a text: YAML between two lines `---`. */
import { createRequire } from 'node:module';
import type graymatter from 'gray-matter';
import { z } from 'zod/v4';
import { createCheck } from './check.ts';
import { isGroup, lineOfText } from './pieces.ts';
import type { ProblemList } from './problem-list.ts';
import { describe, show } from './words.ts';
import { readYaml } from './yaml.ts';

const frontMatterSchema = z.strictObject({
  description: lineOfText(300).optional(),
  group: lineOfText(80).optional(),
  order: z.number().min(-1000).max(1000).optional(),
});
const chapterSchema = z.strictObject({
  title: lineOfText(120).optional(),
  description: lineOfText(300).optional(),
});

/** What the front matter of a kind of text may have. */
export interface FrontMatterKind<S extends z.ZodObject> {
  readonly schema: S;
  /** Why a key of another kind does not belong here, and what to do. */
  readonly misplaced: Readonly<Record<string, { readonly why?: string; readonly hint: string }>>;
}
export const OVERVIEW: FrontMatterKind<typeof frontMatterSchema> = {
  schema: frontMatterSchema,
  misplaced: { title: { hint: 'Write the title in the experiment file.' } },
};
export const CHAPTER: FrontMatterKind<typeof chapterSchema> = {
  schema: chapterSchema,
  misplaced: {
    group: { hint: 'Write the heading in the text of the overview, `content/<id>.md`.' },
    order: { why: 'Chapters are ordered by the numbers in their file names.', hint: 'Rename the file.' },
  },
};

const require = createRequire(import.meta.url);

/** Only YAML: gray-matter would otherwise run front matter that calls itself JavaScript. */
export function readFrontMatter<S extends z.ZodObject>(
  text: string,
  shownFile: string,
  problems: ProblemList,
  { schema, misplaced }: FrontMatterKind<S>,
): { front: Partial<z.output<S>>; body: string; firstLine: number } {
  const language = /^---([^-\n][^\n]*)/.exec(text)?.[1]?.trim();
  if (language && language !== 'yaml') {
    problems.add(() => ({
      what: `Front matter cannot be ${show(language)}.`,
      place: { file: shownFile, line: 1, column: 4 },
      hint: 'Front matter is YAML. Begin it with a line `---`.',
    }));
    return { front: {}, body: '', firstLine: 0 };
  }
  const refuse = () => {
    throw new Error('front matter in another language was not refused');
  };
  // Most experiments have no narrative, and it takes long to load.
  const matter = require('gray-matter') as typeof graymatter;
  // The text is only cut here; reading it is for our own YAML reader, which knows lines and columns.
  const none = { parse: () => ({}), stringify: () => '' };
  const engines = { yaml: none, json: refuse, javascript: refuse, js: refuse, coffee: refuse };
  const { matter: written, content } = matter(text, { language: 'yaml', engines });
  const firstLine = text.slice(0, text.length - content.length).split('\n').length - 1;
  if (!written?.trim()) return { front: {}, body: content, firstLine };

  const source = readYaml(written.replace(/^\n/, ''), { file: shownFile, firstLine: 1, problems });
  if (!source || source.raw === null) return { front: {}, body: content, firstLine };
  const { raw } = source;
  const check = createCheck(source, problems);
  if (!isGroup(raw)) {
    check.add([], { what: `Front matter must be a group of keys, not ${describe(raw)}.` });
    return { front: {}, body: content, firstLine };
  }
  const others = Object.fromEntries(Object.entries(raw).filter(([key]) => !Object.hasOwn(misplaced, key)));
  for (const [key, advice] of Object.entries(misplaced)) {
    if (raw[key] === undefined) continue;
    check.addAtKey([key], {
      what: `\`${key}\` is not a key of front matter.`,
      ...advice,
      choices: Object.keys(schema.shape),
    });
  }
  const parsed = check.parse(schema, others, { path: [], owner: 'front matter' });
  return { front: parsed ?? {}, body: content, firstLine };
}
