/**
 * content/<id>.md and content/<id>/NN-name.md -> the report's text and its chapters: Markdown in which `![caption](view:id)` on a line of its own places a figure and
 * `[text](view:id)` links to one. The HTML is safe: nothing of the file reaches a page unescaped but what Markdown makes.
 */
import MarkdownIt, { type Options } from 'markdown-it';
import type Token from 'markdown-it/lib/token.mjs';
import type { z } from 'zod/v4';
import type { Problem } from '../errors.ts';
import type { Narrative, NarrativeChapter } from './experiment.ts';
import { CHAPTER, OVERVIEW, readFrontMatter } from './front-matter.ts';
import type { FrontMatterKind } from './front-matter.ts';
import { toId } from './pieces.ts';
import { createProblemList } from './problem-list.ts';
import type { NarrativeBlock } from './report.ts';
import { didYouMean, nearestFirst, show } from './words.ts';

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

/** Prefix of heading ids, so that none is the id of something else in the page. */
const ANCHOR = 'text-';

/** The text of an experiment's overview. */
export function parseNarrative(text: NarrativeText): ParsedNarrative {
  const { front, blocks, problems } = parseText(text, OVERVIEW, '');
  return { narrative: { ...front, blocks }, problems };
}

/** The text of a page two folders below the overview, where links are written as in the overview's own text. */
export function parseChapter(text: NarrativeText): ParsedChapter {
  const { front, blocks, problems } = parseText(text, CHAPTER, '../../');
  return { chapter: { ...front, blocks }, problems };
}

/** @param toOverview from the page to the folder of the report's overview */
function parseText<S extends z.ZodObject>(
  { text, shownFile, views }: NarrativeText,
  kind: FrontMatterKind<S>,
  toOverview: string,
): {
  readonly front: Partial<z.output<S>>;
  readonly blocks: readonly NarrativeBlock[];
  readonly problems: readonly Problem[];
} {
  const problems = createProblemList(shownFile);
  const plain = text.replaceAll(/\r\n?/g, '\n');
  const { front, body, firstLine } = readFrontMatter(plain, shownFile, problems, kind);
  const lines = body.split('\n');

  /** Reports at the nth line of the body, at the column where `near` stands in it. */
  const report: AddProblem = (line, near, problem) => {
    problems.add(() => {
      const column = (lines[line]?.indexOf(near) ?? -1) + 1;
      return { ...problem(), place: { file: shownFile, line: line + firstLine + 1, column: column || 1 } };
    });
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
    return { front, blocks: [], problems: problems.list() };
  }
  const anchors = shiftHeadings(tokens);
  const known = views && { views: new Set(views) };
  const blocks = toBlocks(tokens, markdown, { report, anchors, toOverview, ...known });
  return { front, blocks, problems: problems.list() };
}

type AddProblem = (line: number, near: string, problem: () => Omit<Problem, 'place'>) => void;

/** Levels of Markdown: a quotation is one, a list with its entry two. */
const MOST_NESTED = 30;

/** What stands in it was left out by the parser. */
const isTooDeep = ({ type, level }: Token): boolean =>
  (type === 'blockquote_open' || type === 'list_item_open') && level >= MOST_NESTED - 1;

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
    const wanted = toId(tokens[index + 1]?.content ?? '') || 'section';
    let anchor = wanted;
    let number = numbers.get(wanted) ?? 2;
    while (anchors.has(anchor)) anchor = `${wanted}-${number++}`;
    numbers.set(wanted, number);
    anchors.add(anchor);
    token.attrSet('id', `${ANCHOR}${anchor}`);
  }
  return anchors;
}

interface Context {
  readonly report: AddProblem;
  readonly anchors: ReadonlySet<string>;
  readonly toOverview: string;
  readonly views?: ReadonlySet<string>;
}

/** Of headings, in a message about a link to none of them. */
const MOST_CHOICES = 1000;
/** Each is a whole view on the page. */
const MOST_FIGURES = 500;

function toBlocks(
  tokens: readonly Token[],
  markdown: MarkdownIt,
  context: Context,
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

/** The id in `view:id`, or undefined after reporting that there is no such view. */
function checkView(address: string, line: number, { report, views }: Context): string | undefined {
  const view = decode(address.slice('view:'.length));
  if (!views || views.has(view)) return view;
  report(line, `view:${view}`, () => {
    const valid = [...views];
    return {
      what: `There is no view ${show(view)}.`,
      ...didYouMean(view, valid),
      choices: nearestFirst(view, valid),
    };
  });
  return undefined;
}

/** Reports images that are no figures and links that lead nowhere; makes the others fit the overview page. */
function checkInline(inline: Token, context: Context): void {
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

function checkLink(address: string, line: number, context: Context): string {
  const { report, anchors, toOverview } = context;
  if (address.startsWith('view:')) {
    const view = checkView(address, line, context);
    return view === undefined ? '' : `${toOverview}views/${encodeURIComponent(view)}/index.html`;
  }
  if (address.startsWith('#')) {
    const anchor = decode(address.slice(1));
    if (anchors.has(anchor)) return `#${ANCHOR}${anchor}`;
    report(line, address, () => {
      const valid = [...anchors].slice(0, MOST_CHOICES);
      return {
        what: `There is no heading ${show(anchor)} in this text.`,
        ...didYouMean(anchor, valid),
        ...(valid.length > 0 && { choices: nearestFirst(anchor, valid) }),
      };
    });
    return '';
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase();
  const isElsewhere = scheme !== undefined && !['http', 'https', 'mailto'].includes(scheme);
  if (!isElsewhere && address !== '' && !/^[/\\]/.test(address)) {
    return scheme === undefined ? toOverview + address : address;
  }
  if (address === '') {
    report(line, ']()', () => ({
      what: 'A link has no address.',
      hint: 'Write the address between the parentheses.',
    }));
    return '';
  }
  report(line, address, () => ({
    what: `A link cannot lead to ${show(address)}.`,
    why: isElsewhere
      ? 'Links begin with `https:`, `http:` or `mailto:`, or are relative.'
      : 'Reports work in any folder, so links are full addresses or relative.',
    hint: 'To link to a view, write `view:id`.',
  }));
  return '';
}

function decode(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
