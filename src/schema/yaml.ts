/** YAML text -> plain data whose every value can be found again in the file. */
import {
  type Document,
  LineCounter,
  type Node,
  type Pair,
  type YAMLError,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
} from 'yaml';
import type { Place, Problem } from '../errors.ts';
import { show } from './words.ts';

type Path = readonly (string | number)[];

export interface YamlSource {
  /** Plain objects, lists, texts, numbers, booleans and null. */
  readonly raw: unknown;
  /** Place of the value at a path; of its nearest ancestor that exists. */
  readonly locate: (path: Path) => Place;
  readonly has: (path: Path) => boolean;
  /** Place of the key that the path ends with; of its nearest ancestor that exists. */
  readonly locateKey: (path: Path) => Place;
}

export interface YamlOptions {
  /** As it is to stand in messages. */
  readonly file: string;
  /** Lines of the file above the text. */
  readonly firstLine?: number;
}

/** Aliases may repeat a setting; more expansion than this is an attack or a mistake. */
const MAX_ALIAS_COUNT = 100;

/** Without `source` the text is no YAML at all; with it, `problems` may still hold duplicate keys. */
export function readYaml(
  text: string,
  { file, firstLine = 0 }: YamlOptions,
): { readonly source?: YamlSource; readonly problems: readonly Problem[] } {
  const counter = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = counter.linePos(Math.max(0, Math.min(offset, text.length)));
    return { file, line: Math.max(1, line) + firstLine, column: Math.max(1, col) };
  };
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter: counter,
  });

  const [duplicates, fatal] = divide(document.errors, ({ code }) => code === 'DUPLICATE_KEY');
  const problems: Problem[] = duplicates.map((error) => duplicateKey(error, text, placeAt));
  // One slip makes the parser stumble over all that follows: only the first stumble says something.
  if (fatal[0]) return { problems: [...problems, syntaxProblem(fatal[0], placeAt(fatal[0].pos[0]))] };

  try {
    const tags = document.warnings.map((warning) => tagProblem(warning, text, placeAt));
    const unsafe = [...tags, ...oddKeys(document, placeAt)];
    if (unsafe.length > 0) return { problems: [...problems, ...unsafe] };
    const raw: unknown = document.toJS({ maxAliasCount: MAX_ALIAS_COUNT });
    return { source: { raw, ...locators(document, placeAt) }, problems };
  } catch (error) {
    // The parser's own stack, or its count of aliases.
    const problem = error instanceof RangeError ? SYNTAX.RESOURCE_EXHAUSTION! : TOO_MANY_ALIASES;
    return { problems: [...problems, { ...problem, place: { file } }] };
  }
}

function locators(document: Document, placeAt: (offset: number) => Place) {
  const find = (path: Path, wanted: 'key' | 'value'): { offset: number; isThere: boolean } => {
    let node: unknown = document.contents;
    let offset = startOf(node) ?? 0;
    for (const [position, step] of path.entries()) {
      const inside = isAlias(node) ? node.resolve(document) : node;
      if (isMap(inside)) {
        const pair = inside.items.findLast((item) => keyOf(item) === String(step));
        if (!pair) return { offset, isThere: false };
        const keyOffset = startOf(pair.key) ?? offset;
        offset =
          wanted === 'key' && position === path.length - 1 ? keyOffset : (startOf(pair.value) ?? keyOffset);
        node = pair.value;
      } else if (isSeq(inside)) {
        const item = inside.items[Number(step)];
        if (item === undefined) return { offset, isThere: false };
        offset = startOf(item) ?? offset;
        node = item;
      } else return { offset, isThere: false };
    }
    return { offset, isThere: true };
  };
  return {
    locate: (path: Path) => placeAt(find(path, 'value').offset),
    locateKey: (path: Path) => placeAt(find(path, 'key').offset),
    has: (path: Path) => find(path, 'value').isThere,
  };
}

/** `undefined` for a value that is left empty: its key is the better place. */
function startOf(node: unknown): number | undefined {
  const { range, source } = (node ?? {}) as Partial<Node> & { source?: string };
  if (!range || (isScalar(node) && node.value === null && !source)) return undefined;
  return range[0];
}

function keyOf(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

/** Keys that plain objects cannot hold safely or at all, and aliases of nothing. */
function oddKeys(document: Document, placeAt: (offset: number) => Place): Problem[] {
  const found: Problem[] = [];
  visit(document, {
    Alias(_, alias) {
      if (!alias.resolve(document)) found.push({ ...SYNTAX.BAD_ALIAS!, place: placeAt(startOf(alias) ?? 0) });
    },
    Pair(_, pair) {
      const place = placeAt(startOf(pair.key) ?? startOf(pair.value) ?? 0);
      const key = keyOf(pair);
      if (key === undefined) found.push({ what: 'A key must be a single word or text.', place });
      else if (['__proto__', 'constructor', 'prototype'].includes(key)) {
        found.push({ what: `${show(key)} cannot be used as a key.`, place });
      }
    },
  });
  return found;
}

function duplicateKey(error: YAMLError, text: string, placeAt: (offset: number) => Place): Problem {
  const key = /^[^\s:,{}[\]]+|^"[^"]*"|^'[^']*'/.exec(text.slice(error.pos[0]))?.[0] ?? '';
  return {
    what: `The key ${show(key)} is given twice in the same place.`,
    place: placeAt(error.pos[0]),
    hint: 'Keep one of them.',
  };
}

function tagProblem(warning: YAMLError, text: string, placeAt: (offset: number) => Place): Problem {
  const tag = /^!\S*/.exec(text.slice(warning.pos[0]))?.[0];
  return tag
    ? {
        what: `The YAML tag ${show(tag)} is not understood.`,
        place: placeAt(warning.pos[0]),
        hint: 'Write the value without a tag, in quotes if it begins with `!`.',
      }
    : syntaxProblem(warning, placeAt(warning.pos[0]));
}

const TOO_MANY_ALIASES: Problem = {
  what: 'The aliases (`*name`) of this file repeat too much.',
  why: 'Written out, they would make it many times longer than it is.',
  hint: 'Write the settings out instead.',
};

const SYNTAX: Partial<Record<YAMLError['code'], Omit<Problem, 'place'>>> = {
  TAB_AS_INDENT: {
    what: 'A tab is used for indentation.',
    hint: 'Indent with spaces: YAML allows no tabs there.',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    what: 'A colon follows where a value was expected.',
    why: 'Either this text has a colon in it, or the line below is indented further than its neighbours.',
    hint: 'Put a text with a colon in quotes: `title: "Cats: a study"`.',
  },
  BAD_SCALAR_START: {
    what: 'A text cannot begin with this character.',
    hint: 'Put the text in quotes.',
  },
  BAD_ALIAS: {
    what: 'This alias (`*name`) is not defined above.',
    hint: 'Put a text that begins with `*` in quotes.',
  },
  BAD_DQ_ESCAPE: {
    what: 'This text in double quotes has an unknown `\\` in it.',
    hint: "Use single quotes: `'C:\\photos'`, or write `\\\\` for a backslash.",
  },
  MULTIPLE_DOCS: {
    what: 'The file has more than one YAML document in it (a line `---`).',
    hint: 'Write every experiment into a file of its own.',
  },
  RESOURCE_EXHAUSTION: { what: 'The file is nested too deeply.' },
};

function syntaxProblem(error: YAMLError, place: Place): Problem {
  const known = SYNTAX[error.code];
  if (known) return { ...known, place };
  const { message, code } = error;
  const missing = /end with a (\S)|Missing closing (["'])/.exec(message);
  if (missing) {
    return {
      what: `A closing ${missing[1] ? 'bracket' : 'quote'} \`${missing[1] ?? missing[2]}\` is missing.`,
      place,
      why: 'The text ends, or the next key begins, before it comes.',
    };
  }
  return {
    what: `This is not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1).replace(/\.?$/, '.')}`,
    place,
    ...(code === 'BAD_INDENT' && { hint: 'Keys that belong together begin in the same column.' }),
    ...(code === 'UNEXPECTED_TOKEN' && { hint: 'A quote, comma or line break may be missing just before.' }),
  };
}

function divide<T>(items: readonly T[], first: (item: T) => boolean): [T[], T[]] {
  return [items.filter(first), items.filter((item) => !first(item))];
}
