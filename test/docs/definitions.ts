/**
 * Which names the reference pages define, compared with those that the program knows. The rule, as docs/development.md
 * states it: a table whose first column is headed `key`, `option`, `field`, `layer type` or `network` defines the names in
 * backticks in that column, and in a section of names a heading that is a single name in backticks defines it.
 */
import type { Row } from './markdown.ts';
import type { Pages } from './links.ts';

/** Heads of first columns that make a table one of definitions. */
const DEFINING = ['key', 'option', 'layer type', 'network', 'field'];

export interface Definition {
  readonly name: string;
  /** `docs/experiments.md#images`. */
  readonly scope: string;
  readonly place: string;
  /** All words in backticks of its table row, which should name defaults and choices. */
  readonly said: readonly string[];
}

/** A name that the program knows. */
export interface Known {
  readonly name: string;
  /** As it is called in messages: `key fit of images`. */
  readonly what: string;
  /** The sections in one of which it is defined, as `docs/experiments.md#images`. */
  readonly scopes: readonly string[];
  readonly choices?: readonly unknown[] | undefined;
  readonly default?: unknown;
}

/** @param sections of names: `docs/commands.md`, or a section of one page as `docs/experiments.md#techniques` */
export function readDefinitions(pages: Pages, sections: readonly string[]): Definition[] {
  return [...pages.values()].flatMap((page): Definition[] => [
    ...page.tables
      .filter(({ head }) => DEFINING.includes(head[0] ?? ''))
      .flatMap(({ rows, section }) =>
        rows.flatMap((row) =>
          (row.cells[0]?.names ?? []).map((written) => ({
            name: nameOf(written),
            scope: `${page.file}#${section}`,
            place: `${page.file}:${row.line}`,
            said: saidIn(row),
          })),
        ),
      ),
    ...page.headings
      .filter(({ isName }) => isName)
      .flatMap(({ text, line, level }): Definition[] => {
        const above = page.headings.findLast((heading) => heading.line < line && heading.level < level);
        const scope = sections.find((one) => one === page.file || one === `${page.file}#${above?.slug}`);
        return scope === undefined ? [] : [{ name: text, scope, place: `${page.file}:${line}`, said: [] }];
      }),
  ]);
}

/** `--port <number>` is called `--port`. */
const nameOf = (written: string): string => /^(--[\w-]+)/.exec(written)?.[1] ?? written;

const saidIn = (row: Row): readonly string[] => row.cells.flatMap(({ names }) => names);

/** Every known name is defined exactly once, with its choices and default; nothing else is defined. */
export function compare(known: readonly Known[], definitions: readonly Definition[]): string[] {
  const problems: string[] = [];
  const used = new Set<Definition>();
  for (const { name, what, scopes, choices = [], default: preset } of known) {
    const found = definitions.filter((one) => one.name === name && scopes.includes(one.scope));
    for (const one of found) used.add(one);
    const [only] = found;
    if (!only) {
      problems.push(`${scopes.join(' or ')} does not define ${what}`);
      continue;
    }
    if (found.length > 1) {
      const others = found.slice(1).map(({ place }) => place);
      problems.push(`${only.place}: ${what} is defined again in ${others.join(', ')}`);
    }
    if (only.said.length === 0) continue;
    const lacks = [...choices, ...(preset === undefined ? [] : [preset])].map(inYaml);
    for (const value of new Set(lacks)) {
      if (!only.said.some((word) => squeeze(word) === squeeze(value)))
        problems.push(`${only.place}: ${what} may be ${value}, which its row does not say`);
    }
  }
  for (const { name, scope, place } of definitions.filter((one) => !used.has(one)))
    problems.push(`${place}: ${name} is defined in ${scope}, and the program knows no such name there`);
  return problems;
}

/** As in a flow of YAML. */
function inYaml(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([key, one]) => `${key}: ${inYaml(one)}`);
  return Array.isArray(value) ? `[${value.map(inYaml).join(', ')}]` : `{${entries.join(', ')}}`;
}

const squeeze = (text: string): string => text.replaceAll(/["'\s]/g, '');
