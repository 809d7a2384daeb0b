/** What is done to the HTML of every page once all of it is there. Pure. */
import { createHash } from 'node:crypto';
import { visibleInPage } from '../visible.ts';

/** Stands in the head of every page where its policy goes. */
export const POLICY_PLACE = '<meta name="content-policy">';

export interface FinishOptions {
  /** The dev server's own scripts and error messages bring styles with them. */
  readonly dev: boolean;
}

/**
 * Writes out the characters that would act on the page, moves style attributes into one style sheet, and names all that the page may
 * load in a Content-Security-Policy, so that a name or text which slipped through as markup could do nothing.
 */
export function finishPage(html: string, { dev }: FinishOptions): string {
  const text = visibleInPage(html);
  if (dev) return text.replace(POLICY_PLACE, () => policyMeta(["'unsafe-inline'"], true));
  const { html: moved, css } = moveStyles(withoutSpaces(text));
  const sources = css === '' ? [] : [`'sha256-${createHash('sha256').update(css).digest('base64')}'`];
  const sheet = css === '' ? '' : `<style>${css}</style>`;
  // Both come before all text that is not ours.
  return moved.replace(POLICY_PLACE, () => policyMeta(sources, false) + sheet);
}

/**
 * Keeps the marks in a narrative that say in which direction its author writes: they are written as HTML does, and so are not
 * written out.
 */
export function keepDirectionMarks(html: string): string {
  return html.replaceAll(/[\u061c\u200e\u200f]/g, (mark) => `&#x${mark.charCodeAt(0).toString(16)};`);
}

/**
 * `file:` because a page that was opened from disk has an origin of its own, which `'self'` does not name in every browser; on a
 * server it permits nothing, as no browser lets a page from there read the disk.
 */
const OWN = ["'self'", 'file:'];

function policyMeta(styleSources: readonly string[], dev: boolean): string {
  const directives: Readonly<Record<string, readonly string[]>> = {
    'default-src': ["'none'"],
    'script-src': OWN,
    'style-src': [...OWN, ...styleSources],
    'img-src': OWN,
    'font-src': OWN,
    // Where Vite tells of changes.
    ...(dev ? { 'connect-src': ["'self'"] } : {}),
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    // The search field leads to the page of its results.
    'form-action': OWN,
  };
  const policy = Object.entries(directives).map(([name, sources]) => `${name} ${sources.join(' ')}`);
  return `<meta http-equiv="Content-Security-Policy" content="${policy.join('; ')}">`;
}

/** Whole elements in which spaces count; tags, which may hold `<` and `>` in values; text. */
const PIECE = /<pre[\s>][^]*?<\/pre>|<[a-z/!](?:[^>"]|"[^"]*")*>|[^<]+|</gi;
/** Elements at whose borders spaces show nothing. */
const BLOCKS = [
  ...[
    'article',
    'body',
    'dd',
    'details',
    'div',
    'dl',
    'dt',
    'figcaption',
    'figure',
    'footer',
    'form',
    'g',
    'h[1-6]',
  ],
  ...[
    'head',
    'header',
    'html',
    'li',
    'link',
    'main',
    'meta',
    'nav',
    'ol',
    'optgroup',
    'option',
    'p',
    'path',
    'rect',
    'script',
    'section',
    'select',
  ],
  ...['summary', 'svg', 'table', 'tbody', 'text', 'td', 'th', 'thead', 'title', 'tr', 'ul'],
];
const BLOCK = new RegExp(`^</?(?:${BLOCKS.join('|')})[\\s>]`);

/** At a border of a text, or more than one space. */
const SPACES = /^ | $|[\t\n\r]| {2}/;

/** The same page without spaces between blocks, and with single ones within. */
export function withoutSpaces(html: string): string {
  const pieces = html.match(PIECE) ?? [];
  let out = '';
  for (let at = 0; at < pieces.length; at++) {
    const piece = pieces[at]!;
    // Most have nothing to be left out.
    if (piece.startsWith('<') || !SPACES.test(piece)) {
      out += piece;
      continue;
    }
    const [before, after] = [pieces[at - 1], pieces[at + 1]];
    let text = piece.replaceAll(/[ \t\n\r]+/g, ' ');
    if (text.startsWith(' ') && before !== undefined && BLOCK.test(before)) text = text.slice(1);
    if (text.endsWith(' ') && after !== undefined && BLOCK.test(after)) text = text.slice(0, -1);
    out += text;
  }
  return out;
}

const STYLE = ' style="';
/** A start tag whose style follows its class. */
const CLASS_AND_STYLE = /<([a-z][a-z0-9-]*) class="([^"]*)" style="([^"]*)"/y;
/** A start tag as Astro and markdown-it write it, with a style: values in double quotes, which stand escaped within. */
const STYLED =
  /<([a-z][a-z0-9-]*)((?:\s+[^\s"'<>=/]+(?:="[^"]*")?)*?)\s+style="([^"]*)"((?:\s+[^\s"'<>=/]+(?:="[^"]*")?)*\s*\/?>)/iy;
const CLASS = /\s+class="([^"]*)"/i;

/** Declarations that mean the same in any order, and in rules of their own: hundreds of panels share each of them. */
const PLAIN = /^(?:--[\w-]+|width|height|left|top|aspect-ratio|background-(?:image|size|position-[xy]))$/;

/**
 * Style attributes become classes, in the order in which they come: one for each different declaration, or for the style as a whole where its
 * declarations belong together. A rule counts as much as the attribute did: the site's style sheet is a layer, which comes before what is in none.
 */
export function moveStyles(html: string): { html: string; css: string } {
  const classes = new Map<string, string>();
  const classOf = (rule: string): string => {
    const known = classes.get(rule) ?? `s${classes.size.toString(36)}`;
    classes.set(rule, known);
    return known;
  };
  /** By styles as they are written; undefined for what is not moved. */
  const moves = new Map<string, string | undefined>();
  const classesOf = (style: string): string | undefined => {
    if (moves.has(style)) return moves.get(style);
    const css = unescape(style);
    // Nothing in a style comes from a name; what could end the sheet or the rule is not moved, and so not applied.
    const own = /[<>{}]/.test(css) ? undefined : rulesOf(css).map(classOf).join(' ');
    moves.set(style, own);
    return own;
  };
  let moved = '';
  let from = 0;
  for (let at = html.indexOf(STYLE); at >= 0; at = html.indexOf(STYLE, Math.max(from, at + 1))) {
    const tag = styledTag(html, from, at);
    const own = tag && classesOf(tag.style);
    if (!tag || own === undefined) continue;
    const others = tag.classes === undefined ? '' : `${tag.classes} `;
    moved += `${html.slice(from, tag.start)}<${tag.name} class="${others}${own}"${tag.rest}`;
    from = tag.end;
  }
  const css = [...classes].map(([style, name]) => `.${name}{${style}}`).join('');
  return { html: moved + html.slice(from), css };
}

interface StyledTag {
  readonly name: string;
  readonly style: string;
  readonly classes: string | undefined;
  /** Where it starts in the page, and where what `rest` was made from ends. */
  readonly start: number;
  readonly end: number;
  /** What else stands up to there. */
  readonly rest: string;
}

/** The tag that has the style at `at`; undefined where it is no attribute. Values may hold `<`, so that the last one is not always the tag's. */
function styledTag(html: string, from: number, at: number): StyledTag | undefined {
  const tagBefore = (place: number): number => (place < 0 ? -1 : html.lastIndexOf('<', place));
  for (let start = tagBefore(at); start >= from; start = tagBefore(start - 1)) {
    CLASS_AND_STYLE.lastIndex = STYLED.lastIndex = start;
    const plain = CLASS_AND_STYLE.exec(html);
    if (plain) {
      const [, name, classes, style] = plain as unknown as [string, string, string, string];
      return { name, classes, style, start, end: CLASS_AND_STYLE.lastIndex, rest: '' };
    }
    const found = STYLED.exec(html);
    if (!found) continue;
    const [, name, before, style, after] = found as unknown as [string, string, string, string, string];
    const others = CLASS.exec(before + after);
    const rest = others ? (before + after).replace(others[0], '') : before + after;
    return { name, classes: others?.[1], style, start, end: STYLED.lastIndex, rest };
  }
  return undefined;
}

function rulesOf(css: string): string[] {
  const declarations = css
    .split(';')
    .map((declaration) => declaration.trim())
    .filter((declaration) => declaration !== '');
  const names = declarations.map((declaration) => declaration.slice(0, declaration.indexOf(':')).trim());
  return names.every((name) => PLAIN.test(name)) && new Set(names).size === names.length
    ? declarations
    : [css];
}

const unescape = (value: string): string =>
  value
    .replaceAll(/&(?:quot|#34);/g, '"')
    .replaceAll(/&(?:apos|#39);/g, "'")
    .replaceAll(/&(?:amp|#38);/g, '&');
