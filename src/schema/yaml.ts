/** YAML text -> plain data whose every value can be found again in the file. */
import {
  type Document,
  Lexer,
  LineCounter,
  type YAMLError,
  isAlias,
  isMap,
  isSeq,
  parseDocument,
} from 'yaml';
import type { Place, Problem } from '../errors.ts';
import type { ProblemList } from './problem-list.ts';
import { show, visible } from './words.ts';
import { type NodeIndex, type Targets, keyOf, startOf, indexNodes, toPlain } from './yaml-nodes.ts';

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
  /** Takes what is wrong. */
  readonly problems: ProblemList;
}

/** Tokens of YAML: keys, values, dashes, colons, commas, brackets and line ends. The parser takes some 10 µs for each. */
const MOST_TOKENS = 100_000;
/** First letters of spaces and comments, which cost next to nothing, and of the mark that the lexer puts before a scalar. */
const UNCOUNTED = new Set([' ', '#', '\u001f']);

/** `undefined` where the text is no YAML that can be used. Duplicate keys are problems, too, but hide nothing else. */
export function readYaml(
  text: string,
  { file, firstLine = 0, problems }: YamlOptions,
): YamlSource | undefined {
  const counter = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = counter.linePos(Math.max(0, Math.min(offset, text.length)));
    return { file, line: Math.max(1, line) + firstLine, column: Math.max(1, col) };
  };
  if (hasMoreTokens(text, MOST_TOKENS)) {
    problems.add(() => ({ ...TOO_MANY_TOKENS, place: { file } }));
    return undefined;
  }
  try {
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      resolveKnownTags: false,
      // Looked for in yaml-nodes.ts: the parser compares every key with every other.
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
      lineCounter: counter,
    });
    // One slip makes the parser stumble over all that follows: only the first stumble says something.
    const [error] = document.errors;
    if (error) {
      problems.add(() => syntaxProblem(error, placeAt(error.pos[0])));
      return undefined;
    }
    for (const warning of document.warnings) problems.add(() => tagProblem(warning, text, placeAt));
    const index = indexNodes(document);
    for (const { pair, key } of index.duplicates) {
      problems.add(() => ({
        what: `The key ${show(key)} is given twice in the same place.`,
        place: placeAt(startOf(pair.key) ?? 0),
        hint: 'Keep one of them.',
      }));
    }
    const unsafe = oddNodes(index);
    for (const { offset, ...problem } of unsafe) problems.add(() => ({ ...problem, place: placeAt(offset) }));
    if (unsafe.length > 0 || document.warnings.length > 0) return undefined;
    const written = toPlain(document, index.targets);
    if ('exceeded' in written) {
      problems.add(() => ({
        ...(written.exceeded === 'depth' ? TOO_DEEP : TOO_MANY_ALIASES),
        place: { file },
      }));
      return undefined;
    }
    return { raw: written.value, ...locators(document, index.targets, placeAt) };
  } catch (error) {
    // The parser's own stack.
    if (!(error instanceof RangeError)) throw error;
    problems.add(() => ({ ...TOO_DEEP, place: { file } }));
    return undefined;
  }
}

function hasMoreTokens(text: string, most: number): boolean {
  let count = 0;
  for (const token of new Lexer().lex(text)) {
    if (!UNCOUNTED.has(token.charAt(0)) && ++count > most) return true;
  }
  return false;
}

function locators(document: Document, targets: Targets, placeAt: (offset: number) => Place) {
  const find = (path: Path, part: 'key' | 'value'): { offset: number; isThere: boolean } => {
    let node: unknown = document.contents;
    let offset = startOf(node) ?? 0;
    for (const [position, step] of path.entries()) {
      const inside = isAlias(node) ? targets.get(node) : node;
      if (isMap(inside)) {
        const pair = inside.items.findLast((item) => keyOf(item) === String(step));
        if (!pair) return { offset, isThere: false };
        const keyOffset = startOf(pair.key) ?? offset;
        offset =
          part === 'key' && position === path.length - 1 ? keyOffset : (startOf(pair.value) ?? keyOffset);
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

type OffsetProblem = Omit<Problem, 'place'> & { readonly offset: number };

/** Keys that plain objects cannot hold safely or at all, and aliases of nothing or of what they stand in. */
function oddNodes({ pairs, unresolved, circular }: NodeIndex): readonly OffsetProblem[] {
  const aliases = [
    ...unresolved.map((alias) => ({ ...SYNTAX.BAD_ALIAS!, offset: startOf(alias) ?? 0 })),
    ...circular.map((alias) => ({ ...CIRCULAR_ALIAS, offset: startOf(alias) ?? 0 })),
  ];
  const keys = pairs.flatMap((pair): OffsetProblem[] => {
    const offset = startOf(pair.key) ?? startOf(pair.value) ?? 0;
    const key = keyOf(pair);
    if (key === undefined) return [{ what: 'A key must be a single word or text.', offset }];
    if (!['__proto__', 'constructor', 'prototype'].includes(key)) return [];
    return [{ what: `${show(key)} cannot be used as a key.`, offset }];
  });
  return [...aliases, ...keys];
}

function tagProblem(warning: YAMLError, text: string, placeAt: (offset: number) => Place): Problem {
  const tag = /^!\S*/.exec(text.slice(warning.pos[0]))?.[0];
  return tag
    ? {
        what: `The YAML tag ${show(tag)} is not supported.`,
        place: placeAt(warning.pos[0]),
        hint: 'Write the value without a tag, in quotes if it begins with `!`.',
      }
    : syntaxProblem(warning, placeAt(warning.pos[0]));
}

const LONGEST_MESSAGE = 200;

const TOO_MANY_TOKENS: Omit<Problem, 'place'> = {
  what: `The file has more than ${MOST_TOKENS.toLocaleString('en')} YAML tokens (keys, values and punctuation).`,
  hint: 'Write fewer entries: use ranges such as `0-48`, a folder or a `glob`.',
};

const TOO_DEEP: Omit<Problem, 'place'> = { what: 'The file is nested too deeply.' };

const CIRCULAR_ALIAS: Omit<Problem, 'place'> = {
  what: 'The alias (`*name`) is inside the value that it repeats.',
  hint: 'Write the value out instead.',
};

const TOO_MANY_ALIASES: Omit<Problem, 'place'> = {
  what: 'The aliases (`*name`) of this file repeat too much.',
  why: 'Written out, they make the file many times longer.',
  hint: 'Write the settings out instead.',
};

const SYNTAX: Partial<Record<YAMLError['code'], Omit<Problem, 'place'>>> = {
  TAB_AS_INDENT: {
    what: 'A tab is used for indentation.',
    hint: 'Indent with spaces: YAML allows no tabs there.',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    what: 'A colon follows where a value is expected.',
    why: 'Either the text contains a colon, or the line below is indented further than its neighbours.',
    hint: 'Put a text with a colon in quotes: `title: "Cats: a study"`.',
  },
  BAD_SCALAR_START: {
    what: 'A text cannot begin with this character.',
    hint: 'Put the text in quotes.',
  },
  BAD_ALIAS: {
    what: 'The alias (`*name`) is not defined above.',
    hint: 'Put a text that begins with `*` in quotes.',
  },
  BAD_DQ_ESCAPE: {
    what: 'The text in double quotes contains an unknown escape with `\\`.',
    hint: "Use single quotes: `'C:\\photos'`, or write `\\\\` for a backslash.",
  },
  MULTIPLE_DOCS: {
    what: 'The file contains more than one YAML document (a line `---`).',
    hint: 'Write each experiment into a separate file.',
  },
  RESOURCE_EXHAUSTION: TOO_DEEP,
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
      why: 'The text ends, or the next key begins, before it.',
    };
  }
  return {
    what: `This is not valid YAML: ${visible(toClause(message))}.`,
    place,
    ...(code === 'BAD_INDENT' && { hint: 'Keys that belong together begin in the same column.' }),
    ...(code === 'UNEXPECTED_TOKEN' && { hint: 'A quote, comma or line break may be missing just before.' }),
  };
}

/** The parser's message without its full stop, cut where it repeats much of the file. */
function toClause(message: string): string {
  const text = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
  return `${text.charAt(0).toLowerCase()}${text.slice(1).replace(/\.$/, '')}`;
}
