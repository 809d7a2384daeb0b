import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../src/package-root.ts';
import { firstExperiment, firstNarrative } from '../../src/starter/templates.ts';
import { compare, readDefinitions, type Known } from './definitions.ts';
import {
  knownCommands,
  knownConfiguration,
  knownNetworks,
  knownToReports,
  knownToExperiments,
  NAMED_SECTIONS,
} from './known.ts';
import { checkLinks, checkPaths, findUnreachable } from './links.ts';
import { readPage } from './markdown.ts';
import { checkNarrative } from './narratives.ts';

const SKIPPED = new Set(['node_modules', 'dist', 'lib', 'fixtures']);

/** Of all Markdown files of the repository. */
function readTexts(): Map<string, string> {
  const texts = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name) && !entry.name.startsWith('.')) walk(path);
      } else if (entry.name.endsWith('.md')) {
        texts.set(relative(packageRoot, path).split(sep).join('/'), readFileSync(path, 'utf8'));
      }
    }
  };
  walk(packageRoot);
  return texts;
}

const texts = readTexts();
const pages = new Map([...texts].map(([file, text]) => [file, readPage(file, text)]));
/** `experiments/<folder>/content/` has those of experiments beside it. */
const isNarrative = (file: string): boolean => /^(?:experiments\/[^/]+\/)?content\//.test(file);
const documents = new Map([...pages].filter(([file]) => !isNarrative(file) && !file.startsWith('test/')));
const reference = new Map([...pages].filter(([file]) => file.startsWith('docs/')));
const exists = (path: string): boolean => existsSync(join(packageRoot, path));

describe('Markdown files', () => {
  it('are found', () => {
    expect([...pages.keys()]).toEqual(
      expect.arrayContaining([
        'README.md',
        'CHANGELOG.md',
        'docs/experiments.md',
        'content/cats-through-convolutions.md',
        'models/patternnet/card.md',
      ]),
    );
  });

  it('close their code fences', () => {
    expect([...pages.values()].flatMap(({ problems }) => problems)).toEqual([]);
  });

  it('link to files and headings that exist', () => {
    expect(checkLinks(documents, exists)).toEqual([]);
  });

  it('are reached from the README', () => {
    expect(findUnreachable(documents, 'README.md')).toEqual([]);
  });

  it('name files of the repository by their paths', () => {
    expect([...texts].flatMap(([file, text]) => checkPaths(file, text, exists))).toEqual([]);
  });
});

describe('narratives', () => {
  const viewsOf = (yaml: string): string[] =>
    (parse(yaml) as { views: { id: string }[] }).views.map(({ id }) => id);
  const narratives = [...pages].filter(([file]) => isNarrative(file));

  it.each(narratives)('%s links to figures, headings and pages that its report has', (file, page) => {
    const experiment = file
      .replace(/^content\/([^/]*?)(?:\/.*)?(?:\.md)?$/, 'experiments/$1.yaml')
      .replace(/^(experiments\/[^/]+\/)content\/([^/]+)\.md$/, '$1$2.yaml');
    const views = viewsOf(readFileSync(join(packageRoot, experiment), 'utf8'));
    expect(checkNarrative(page, texts.get(file)!, views)).toEqual([]);
  });

  it('of new projects do so, too', () => {
    const page = readPage('first-look.md', firstNarrative);
    expect(page.headings.length).toBeGreaterThan(2);
    expect(page.problems).toEqual([]);
    expect(checkNarrative(page, firstNarrative, viewsOf(firstExperiment('# schema')))).toEqual([]);
  });
});

describe('the reference defines once, with choices and defaults,', () => {
  const definitions = readDefinitions(reference, NAMED_SECTIONS);
  const kinds: readonly (readonly [string, readonly Known[], RegExp])[] = [
    ['every key of experiments', knownToExperiments(), /^docs\/experiments\.md/],
    ['every field of report.json', knownToReports(), /^docs\/output\.md/],
    ['every network of the zoo', knownNetworks(), /^docs\/models\.md/],
    ['every key of filterscope.config', knownConfiguration(), /^docs\/package\.md/],
    ['every command, argument and option', knownCommands(), /^docs\/commands\.md/],
  ];

  it.each(kinds)('%s', (_, known, where) => {
    expect(known.length).toBeGreaterThan(3);
    expect(
      compare(
        known,
        definitions.filter(({ scope }) => where.test(scope)),
      ),
    ).toEqual([]);
  });

  it('and nothing elsewhere', () => {
    const elsewhere = definitions.filter(({ scope }) => !kinds.some(([, , where]) => where.test(scope)));
    expect(elsewhere.map(({ place, name }) => `${place}: ${name}`)).toEqual([]);
  });
});
