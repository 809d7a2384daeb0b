/**
 * content/<id>.md and content/<id>/NN-name.md -> the report's text and its chapters: Markdown in which `![caption](view:id)` on a line of its own places a figure and
 * `[text](view:id)` links to one, as `[text](unit:layer/filter)` does to a unit. The HTML is safe: nothing of the file reaches a page unescaped but what Markdown makes.
 */
import MarkdownIt, { type Options } from 'markdown-it';
import type Token from 'markdown-it/lib/token.mjs';
import type { z } from 'zod/v4';
import type { Place, Problem } from '../errors.ts';
import type { LinkedReport, LinkedUnit, Narrative, NarrativeChapter } from './experiment.ts';
import { CHAPTER, OVERVIEW, readFrontMatter } from './front-matter.ts';
import type { FrontMatterKind } from './front-matter.ts';
import { ANCHOR, checkLink, checkView } from './narrative-links.ts';
import type { AddProblem, LinkContext } from './narrative-links.ts';
import { toId } from './pieces.ts';
import { createProblemList } from './problem-list.ts';
import type { NarrativeBlock } from './report.ts';
import { show } from './words.ts';

export interface NarrativeText {
  readonly text: string;
  /** As it is to stand in messages. */
  readonly shownFile: string;
  /** Ids of the experiment's views; undefined where they are not known because its file has problems. */
  readonly views?: readonly string[];
}

export interface ParsedNarrative {
  readonly narrative: Omit<Narrative, 'chapters'>;
  readonly problems: readonly Problem[];
}

export interface ParsedChapter {
  /** Without a title where the text gives none. */
  readonly chapter: Omit<NarrativeChapter, 'id' | 'title'> & { readonly title?: string | undefined };
  readonly problems: readonly Problem[];
}

/** The text of an experiment's overview. */
export function parseNarrative(text: NarrativeText): ParsedNarrative {
  const { front, blocks, linked, problems } = parseText(text, OVERVIEW, '');
  return { narrative: { ...front, blocks, ...linked }, problems };
}

/** The text of a page two folders below the overview, where links are written as in the overview's own text. */
export function parseChapter(text: NarrativeText): ParsedChapter {
  const { front, blocks, linked, problems } = parseText(text, CHAPTER, '../../');
  return { chapter: { ...front, blocks, ...linked }, problems };
}

/** @param toOverview from the page to the folder of the report's overview */
function parseText<S extends z.ZodObject>(
  { text, shownFile, views }: NarrativeText,
  kind: FrontMatterKind<S>,
  toOverview: string,
): {
  readonly front: Partial<z.output<S>>;
  readonly blocks: readonly NarrativeBlock[];
  readonly linked: Pick<Narrative, 'units' | 'reports'>;
  readonly problems: readonly Problem[];
} {
  const problems = createProblemList(shownFile);
  const plain = text.replaceAll(/\r\n?/g, '\n');
  const { front, body, firstLine } = readFrontMatter(plain, shownFile, problems, kind);
  const lines = body.split('\n');
  const units: LinkedUnit[] = [];
  const reports: LinkedReport[] = [];

  /** The nth line of the body, at the column where `near` stands in it. */
  const place = (line: number, near: string): Place => {
    const text = lines[line] ?? '';
    // The whole of an address, not the beginning of another one.
    const found = [`${near})`, `${near}>`, near].map((each) => text.indexOf(each)).find((at) => at >= 0);
    const column = (found ?? -1) + 1;
    return { file: shownFile, line: line + firstLine + 1, column: column || 1 };
  };
  const report: AddProblem = (line, near, problem) => {
    problems.add(() => ({ ...problem(), place: place(line, near) }));
  };
  const addUnit: LinkContext['addUnit'] = (line, near, unit) => {
    if (units.length < MOST_LINKS) units.push({ ...unit, place: place(line, near) });
  };
  const addReport: LinkContext['addReport'] = (line, near, id) => {
    if (reports.length < MOST_LINKS) reports.push({ report: id, place: place(line, near) });
  };
  // Each line is looked at once for every quotation and list that it may belong to, so these are limited. Types lack the option.
  const markdown = new MarkdownIt({ html: false, maxNesting: MOST_NESTED } as Options);
  // Refused links are to be reported, not to be left standing as text.
  markdown.validateLink = () => true;
  const tokens = markdown.parse(body, {});
  const deep = tokens.find(isTooDeep);
  if (deep) {
    report(deep.map?.[0] ?? 0, '', () => ({
      what: 'Lists and quotations are nested too deeply.',
      why: `The limit is ${MOST_NESTED / 2 - 1} nested lists or ${MOST_NESTED - 1} nested quotations.`,
    }));
  }
  if (lengthOf(tokens) > MOST_WRITTEN) {
    problems.add(() => ({
      what: `The text becomes more than ${MOST_WRITTEN / 1e6} MB of HTML.`,
      place: { file: shownFile },
      why: 'A definition such as `[name]: address` is repeated wherever it is used.',
      hint: 'Shorten the text or its link addresses.',
    }));
    return { front, blocks: [], linked: {}, problems: problems.list() };
  }
  const anchors = shiftHeadings(tokens);
  const known = views && { views: new Set(views) };
  const blocks = toBlocks(tokens, markdown, { report, addUnit, addReport, anchors, toOverview, ...known });
  const linked = { ...(units.length > 0 && { units }), ...(reports.length > 0 && { reports }) };
  return { front, blocks, linked, problems: problems.list() };
}

/** Levels of Markdown: a quotation is one, a list with its entry two. */
const MOST_NESTED = 30;

/** What stands in it was left out by the parser. */
const isTooDeep = ({ type, level }: Token): boolean =>
  (type === 'blockquote_open' || type === 'list_item_open') && level >= MOST_NESTED - 1;

/** Links to units, and to reports, that are checked; a text of a megabyte could have more. */
const MOST_LINKS = 10_000;

/** Characters of text and addresses on the page. */
const MOST_WRITTEN = 10e6;

function lengthOf(tokens: readonly Token[]): number {
  let length = 0;
  for (const { type, content, attrs, children } of tokens) {
    for (const [, value] of attrs ?? []) length += value.length;
    // The content of these is repeated in what is inside them.
    if (type === 'inline' || type === 'image') length += lengthOf(children ?? []);
    else length += content.length;
    if (length > MOST_WRITTEN) break;
  }
  return length;
}

/** `#` becomes h2, since the page's h1 is the report's title; gives the ids that `#links` can lead to. */
function shiftHeadings(tokens: readonly Token[]): ReadonlySet<string> {
  const anchors = new Set<string>();
  /** By a heading's own anchor: the number at which the next one of that name begins to look for a free anchor. */
  const numbers = new Map<string, number>();
  for (const [index, token] of tokens.entries()) {
    if (token.type !== 'heading_open' && token.type !== 'heading_close') continue;
    token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 1)}`;
    if (token.type === 'heading_close') continue;
    const base = toId(tokens[index + 1]?.content ?? '') || 'section';
    let anchor = base;
    let number = numbers.get(base) ?? 2;
    while (anchors.has(anchor)) anchor = `${base}-${number++}`;
    numbers.set(base, number);
    anchors.add(anchor);
    token.attrSet('id', `${ANCHOR}${anchor}`);
  }
  return anchors;
}

/** Each is a whole view on the page. */
const MOST_FIGURES = 500;

function toBlocks(
  tokens: readonly Token[],
  markdown: MarkdownIt,
  context: LinkContext,
): readonly NarrativeBlock[] {
  const blocks: NarrativeBlock[] = [];
  let pending: Token[] = [];
  let count = 0;
  const flush = () => {
    const html = markdown.renderer.render(pending, markdown.options, {});
    if (html.trim() !== '') blocks.push({ kind: 'html', html });
    pending = [];
  };
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]!;
    const inline = tokens[index + 1];
    const figures = token.type === 'paragraph_open' && token.level === 0 ? figuresOf(inline) : undefined;
    if (figures) {
      flush();
      const first = inline?.map?.[0] ?? 0;
      for (const [position, image] of figures.entries()) {
        const view = checkView(image.attrGet('src') ?? '', first + position, context);
        if (++count === MOST_FIGURES + 1) {
          context.report(first + position, '![', () => ({
            what: `The text shows more than ${MOST_FIGURES} figures.`,
            hint: 'Link to views instead: `[text](view:id)`.',
          }));
        }
        const caption = plainText(image.children ?? []);
        if (view !== undefined) blocks.push({ kind: 'figure', view, caption });
      }
      index += 2;
      continue;
    }
    if (token.type === 'inline') checkInline(token, context);
    pending.push(token);
  }
  flush();
  return blocks;
}

/** The images of a paragraph that is nothing but figures, each on its own line. */
function figuresOf(inline: Token | undefined): readonly Token[] | undefined {
  const parts = inline?.children ?? [];
  const isFigure = (part: Token) => part.type === 'image' && /^view:/.test(part.attrGet('src') ?? '');
  const isWhole = parts.every((part, index) =>
    index % 2 === 0 ? isFigure(part) : part.type === 'softbreak',
  );
  return isWhole && parts.length % 2 === 1 ? parts.filter(isFigure) : undefined;
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) =>
      token.children ? plainText(token.children) : /break$/.test(token.type) ? ' ' : token.content,
    )
    .join('');
}

/** Reports images that are no figures and links that lead nowhere; makes the others fit the overview page. */
function checkInline(inline: Token, context: LinkContext): void {
  let line = inline.map?.[0] ?? 0;
  for (const part of inline.children ?? []) {
    if (part.type === 'softbreak' || part.type === 'hardbreak') line += 1;
    if (part.type === 'image') checkImage(part, line, context.report);
    if (part.type === 'link_open') part.attrSet('href', checkLink(part.attrGet('href') ?? '', line, context));
  }
}

function checkImage(image: Token, line: number, report: AddProblem): void {
  const address = image.attrGet('src') ?? '';
  if (address.startsWith('view:')) {
    report(line, '![', () => ({
      what: `The figure ${show(address)} is inside other text.`,
      hint: 'Put it on a separate line, without indentation, with an empty line before and after.',
    }));
  } else {
    report(line, '![', () => ({
      what: `The image ${show(address)} cannot be shown.`,
      why: 'A narrative shows the views of its report only.',
      hint: 'Show a view: `![caption](view:id)`.',
    }));
  }
}
