import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../src/package-root.ts';
import { findViolations, readImports } from './structure.ts';

function readFiles(endings: RegExp, ...folders: string[]): Map<string, string> {
  const sources = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (endings.test(entry.name)) {
        sources.set(relative(packageRoot, path).split(sep).join('/'), readFileSync(path, 'utf8'));
      }
    }
  };
  for (const folder of folders) walk(join(packageRoot, folder));
  return sources;
}

const readSources = (...folders: string[]): Map<string, string> => readFiles(/\.(ts|mjs|astro)$/, ...folders);

describe('the source tree', () => {
  it('imports one way, keeps backends and sharp in their place, and has no overlong file', () => {
    const sources = readSources('src', 'scripts');
    expect(sources.size).toBeGreaterThan(20);
    expect(findViolations(sources)).toEqual([]);
  });

  it('has no overlong style sheet, script or text, and files of about 100 lines', () => {
    const files = readFiles(/./, 'src');
    const lines = [...files.values()].map((text) => text.split('\n').length - 1).sort((a, b) => a - b);
    const long = [...files].filter(([, text]) => text.split('\n').length - 1 > 350).map(([file]) => file);
    expect(long).toEqual([]);
    expect(lines[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(100);
  });

  it('lays out each class in one style sheet: two would share a name by chance', () => {
    const sheets = new Map<string, string[]>();
    for (const [file, text] of readFiles(/\.css$/, 'src')) {
      // For all elements there are.
      if (file.endsWith('/base.css')) continue;
      for (const name of new Set(classesOf(text))) sheets.set(name, [...(sheets.get(name) ?? []), file]);
    }
    expect(sheets.size).toBeGreaterThan(100);
    expect([...sheets].filter(([, found]) => found.length > 1)).toEqual([]);
    expect(classesOf('.a, .b {c: d}\n@media print { .e {f: g} }\n.h .i {} /* .j {} */ .k\n{}')).toEqual([
      ...['.a', '.b', '.k'],
    ]);
  });

  it('runs all tests', () => {
    const sources = readSources('test');
    // The samples below break the rules on purpose.
    sources.delete('test/structure.test.ts');
    expect(findViolations(sources)).toEqual([]);
  });
});

describe('the rules', () => {
  const check = (files: Record<string, string>) => findViolations(new Map(Object.entries(files)));

  it('let a module import itself, those before it, and any package', () => {
    expect(
      check({
        'src/errors.ts': 'export class A {}',
        'src/schema/parse.ts': "import { A } from '../errors.ts'; import yaml from 'yaml'; void [A, yaml];",
        'src/model/a.ts': "import type { Tensor } from '@tensorflow/tfjs-core'; import './b.ts';",
        'src/model/b.ts': "export * from '../schema/parse.ts';",
        'src/backend/tf.ts': "import { x } from '@tensorflow/tfjs';",
        'src/image/decode.ts': "import sharp from 'sharp';",
        'src/site/pages/index.astro':
          "---\nimport '../../schema/parse.ts';\nimport '../a.css';\n---\n<p>TO DO</p>",
        'scripts/filterscope.ts': "await import('../src/model/a.ts');",
      }),
    ).toEqual([]);
  });

  it.each([
    [
      'an arrow that points down',
      "import '../model/a.ts'",
      'src/schema/bad.ts imports src/model/a.ts: schema must not know model',
    ],
    [
      'a type from below',
      "import type { A } from '../model/a.ts'",
      'src/schema/bad.ts imports src/model/a.ts: schema must not know model',
    ],
    [
      'a dynamic import from below',
      "await import('../model/a.ts')",
      'src/schema/bad.ts imports src/model/a.ts: schema must not know model',
    ],
    [
      'a re-export from below',
      "export * from '../model/a.ts'",
      'src/schema/bad.ts imports src/model/a.ts: schema must not know model',
    ],
    [
      'a script used by the program',
      "import '../../scripts/a.ts'",
      'src/schema/bad.ts imports scripts/a.ts: schema must not know scripts',
    ],
    [
      'a file that is not there',
      "import './gone.ts'",
      'src/schema/bad.ts imports ./gone.ts, which is not there',
    ],
    [
      'a backend outside backend/',
      "import * as tf from '@tensorflow/tfjs-core'",
      'src/schema/bad.ts imports @tensorflow/tfjs-core, which only backend may',
    ],
    [
      'a backend by require',
      "requirePackage('@tensorflow/tfjs')",
      'src/schema/bad.ts imports @tensorflow/tfjs, which only backend may',
    ],
    [
      'sharp outside image/',
      "import sharp from 'sharp'",
      'src/schema/bad.ts imports sharp, which only image may',
    ],
    ['one test alone', "it.only('x', () => {})", 'src/schema/bad.ts runs one test alone: it.only'],
    ['a note', '// TODO later', 'src/schema/bad.ts leaves a note instead of the work: TODO'],
    [
      'a line printed past the terminal',
      'process.stderr.write(name)',
      'src/schema/bad.ts uses process.stderr.write: only src/terminal.ts writes to the terminal',
    ],
    ['a long file', 'x;\n'.repeat(351), 'src/schema/bad.ts has 351 lines; 350 are enough for one file'],
  ])('find %s', (_, text, message) => {
    expect(check({ 'src/schema/bad.ts': text, 'src/model/a.ts': '', 'scripts/a.ts': '' })).toEqual([message]);
  });

  it('keep the site away from the pipeline, in components too', () => {
    const files = {
      'src/store/a.ts': '',
      'src/site/a.astro': "---\nconst a = 1;\n---\n<script>import '../store/a.ts'</script>",
    };
    expect(check(files)).toEqual(['src/site/a.astro imports src/store/a.ts: site must not know store']);
  });

  it('find a circle', () => {
    expect(
      check({
        'src/model/a.ts': "import './b.ts'",
        'src/model/b.ts': "import './c.ts'",
        'src/model/c.ts': "import './a.ts'",
      }),
    ).toEqual(['src/model/a.ts -> src/model/b.ts -> src/model/c.ts -> src/model/a.ts is a circle']);
  });

  it('find a technique that the site knows outside its own folder', () => {
    const files = {
      'src/techniques/dreams/facts.ts': '',
      'src/site/techniques/table.ts':
        "import './top-patches/presentation.ts'; const t = { 'top-patches': 1 };",
      'src/site/techniques/top-patches/presentation.ts':
        "import type { A } from '../../../techniques/dreams/facts.ts';",
      'src/site/words.ts':
        "if (technique === 'top-patches') import('./techniques/top-patches/presentation.ts');",
      'src/site/a.astro': "---\nimport type { A } from '../techniques/dreams/facts.ts';\n---",
    };
    expect(check(files)).toEqual([
      'src/site/words.ts imports ./techniques/top-patches/presentation.ts: only the tables may',
      'src/site/words.ts knows the technique top-patches',
      "src/site/a.astro imports ../techniques/dreams/facts.ts: only the technique's folder may",
    ]);
  });

  it('find what is loaded too early', () => {
    const files = {
      'src/backend/tf.ts': '',
      'src/model/a.ts': "import { tf } from '../backend/tf.ts';",
      'src/publish/dev.ts': "import '../model/a.ts'; import type { tf } from '../backend/tf.ts';",
      'src/publish/gallery.ts': "await import('../model/a.ts');",
      'src/cli/clean.ts': "import '../image/a.ts';",
      'src/cli/program.ts': "import './clean.ts';",
      'src/image/a.ts': "import sharp from 'sharp';",
    };
    expect(check(files)).toEqual([
      'src/publish/dev.ts -> src/model/a.ts -> src/backend/tf.ts is loaded at start',
      'src/cli/program.ts -> src/cli/clean.ts -> src/image/a.ts -> sharp is loaded at start',
    ]);
  });

  it('find a stray file', () => {
    expect(check({ 'src/helpers/a.ts': '' })).toEqual(['src/helpers/a.ts belongs to no module']);
  });

  it('tell type imports from others', () => {
    const text = "import { type A, b } from 'one'; import { type C } from 'two'; import 'three'";
    expect(readImports('a.ts', text)).toEqual([
      { specifier: 'one', typeOnly: false },
      { specifier: 'two', typeOnly: true },
      { specifier: 'three', typeOnly: false },
    ]);
  });
});

/** Classes that have a rule of their own in a style sheet, for every medium. */
function classesOf(css: string): string[] {
  const found: string[] = [];
  let depth = 0;
  for (const [, before, bracket] of css.replaceAll(/\/\*[^]*?\*\//g, '').matchAll(/([^{}]*)([{}])/g)) {
    if (bracket === '{' && depth === 0) {
      const selectors = before!
        .replaceAll(/:is\([^)]*\)/g, '')
        .split(',')
        .map((selector) => selector.trim());
      found.push(...selectors.filter((selector) => /^\.[a-z-]+$/.test(selector)));
    }
    depth += bracket === '{' ? 1 : -1;
  }
  return found;
}
