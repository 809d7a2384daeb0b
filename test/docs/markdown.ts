/** What a Markdown file says of itself: headings, links, tables and fences, each with its line. Pure. */
import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';
import type Token from 'markdown-it/lib/token.mjs';

export interface Heading {
  readonly level: number;
  readonly line: number;
  readonly text: string;
  /** Its anchor on GitHub. */
  readonly slug: string;
  /** The text is a single name in backticks. */
  readonly isName: boolean;
}

export interface Link {
  readonly target: string;
  readonly line: number;
}

export interface Row {
  readonly line: number;
  readonly cells: readonly Cell[];
}

export interface Cell {
  readonly text: string;
  /** What stands in backticks. */
  readonly names: readonly string[];
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly Row[];
  /** Anchor of the nearest heading above; empty where there is none. */
  readonly section: string;
  readonly line: number;
}

export interface Page {
  readonly file: string;
  readonly headings: readonly Heading[];
  readonly links: readonly Link[];
  readonly tables: readonly Table[];
  /** `file:line: what is wrong` of the code fences. */
  readonly problems: readonly string[];
}

/** HTML is allowed, as on GitHub; narratives show it as text, which makes no difference to what is read here. */
const parser = new MarkdownIt({ html: true });

export function readPage(file: string, source: string): Page {
  const text = blankFrontMatter(source.replaceAll(/\r\n?/g, '\n'));
  const tokens = parser.parse(text, {});
  const headings = readHeadings(tokens);
  return {
    file,
    headings,
    links: readLinks(tokens),
    tables: readTables(tokens, headings),
    problems: checkFences(file, text.split('\n'), tokens),
  };
}

/** Lines keep their numbers. */
function blankFrontMatter(text: string): string {
  const front = /^---\n[\s\S]*?\n---(?=\n|$)/.exec(text)?.[0];
  return front === undefined ? text : front.replaceAll(/[^\n]/g, '') + text.slice(front.length);
}

function readHeadings(tokens: readonly Token[]): Heading[] {
  const slugger = new GithubSlugger();
  return tokens.flatMap((token, index): Heading[] => {
    if (token.type !== 'heading_open') return [];
    const inline = tokens[index + 1]!;
    const text = plainText(inline);
    const children = inline.children ?? [];
    return [
      {
        level: Number(token.tag.slice(1)),
        line: lineOf(token),
        text,
        slug: slugger.slug(text),
        isName: children.length === 1 && children[0]!.type === 'code_inline',
      },
    ];
  });
}

/** Of the links and images; code has none. */
function readLinks(tokens: readonly Token[]): Link[] {
  let line = 0;
  return tokens.flatMap((token): Link[] => {
    if (token.map) line = token.map[0];
    let breaks = 0;
    return (token.children ?? []).flatMap((child): Link[] => {
      if (child.type === 'softbreak' || child.type === 'hardbreak') breaks += 1;
      const target = child.attrGet('href') ?? child.attrGet('src');
      return target === null ? [] : [{ target, line: line + breaks + 1 }];
    });
  });
}

function readTables(tokens: readonly Token[], headings: readonly Heading[]): Table[] {
  const tables: Table[] = [];
  let rows: { line: number; cells: Cell[] }[] = [];
  let line = 0;
  for (const token of tokens) {
    if (token.type === 'table_open') {
      rows = [];
      line = lineOf(token);
    } else if (token.type === 'tr_open') {
      rows.push({ line: lineOf(token), cells: [] });
    } else if (token.type === 'inline' && rows.length > 0) {
      const names = (token.children ?? [])
        .filter(({ type }) => type === 'code_inline')
        .map(({ content }) => content);
      rows.at(-1)!.cells.push({ text: plainText(token), names });
    } else if (token.type === 'table_close') {
      const [head, ...body] = rows;
      const section = headings.findLast((heading) => heading.line < line)?.slug ?? '';
      tables.push({ head: head!.cells.map(({ text }) => text), rows: body, section, line });
      rows = [];
    }
  }
  return tables;
}

function checkFences(file: string, lines: readonly string[], tokens: readonly Token[]): string[] {
  return tokens.flatMap((token): string[] => {
    if (token.type !== 'fence' || !token.map) return [];
    const [first, end] = token.map;
    const at = `${file}:${first + 1}: this code fence`;
    const last = (lines[end - 1] ?? '').trim();
    const closes = end - 1 > first && last.length >= token.markup.length && isRun(last, token.markup[0]!);
    if (!closes) return [`${at} is never closed`];
    const inside = lines.slice(first + 1, end - 1);
    const swallowed = inside.findIndex((line) => /^\s{0,3}(?:`{3,}|~{3,})\w/.test(line));
    if (swallowed >= 0) return [`${at} contains the beginning of another in line ${first + swallowed + 2}`];
    const heading = inside.findIndex((line) => /^#{2,6} \S/.test(line));
    if (heading >= 0 && token.info !== 'markdown')
      return [`${at} contains the heading in line ${first + heading + 2}`];
    return [];
  });
}

const isRun = (text: string, mark: string): boolean => text === mark.repeat(text.length);

const lineOf = (token: Token): number => token.map![0] + 1;

const plainText = (inline: Token): string =>
  (inline.children ?? [])
    .map(({ type, content }) => (type === 'softbreak' ? ' ' : type === 'html_inline' ? '' : content))
    .join('')
    .trim();
