import { describe, expect, it } from 'vitest';
import { compare, readDefinitions, type Known } from './definitions.ts';
import { checkLinks, checkPaths, findUnreachable } from './links.ts';
import { readPage } from './markdown.ts';
import { checkNarrative } from './narratives.ts';

const pagesOf = (files: Readonly<Record<string, string>>) =>
  new Map(Object.entries(files).map(([file, text]) => [file, readPage(file, text)]));
const fenceProblems = (...lines: readonly string[]) => readPage('a.md', lines.join('\n')).problems;

describe('fences', () => {
  it('may hold other fences of fewer marks, and headings of Markdown', () => {
    expect(
      fenceProblems(
        '# A',
        '```yaml',
        '# a comment',
        'a: 1',
        '```',
        '',
        '````markdown',
        '```',
        '## B',
        '```',
        '````',
      ),
    ).toEqual([]);
  });

  it.each([
    ['at the end of the file', ['text', '', '```yaml', 'a: 1'], 'a.md:3: this code fence is never closed'],
    ['with too few marks', ['````', 'a', '```'], 'a.md:1: this code fence is never closed'],
    [
      'before the next one',
      ['```yaml', 'a: 1', '', 'Text.', '', '```yaml', 'b: 2', '```'],
      'a.md:1: this code fence contains the beginning of another in line 6',
    ],
    [
      'before the next heading',
      ['```yaml', 'a: 1', '', '## Next', '', '```'],
      'a.md:1: this code fence contains the heading in line 4',
    ],
  ])('are noticed where they are not closed %s', (_, lines, problem) => {
    expect(fenceProblems(...lines)).toEqual([problem]);
  });

  it('count lines from the front matter on', () => {
    expect(fenceProblems('---', 'order: 1', '---', '', '~~~')).toEqual([
      'a.md:5: this code fence is never closed',
    ]);
  });
});

describe('links', () => {
  const files = {
    'README.md':
      '# A b, `c_d`!\n\n# A b, `c_d`!\n\n[1](#a-b-c_d) [2](#a-b-c_d-1) [3](docs/b.md#über) [4](https://a.b/#c)',
    'docs/b.md': '# Über\n\n[1](../README.md) `[2](nowhere.md)`\n',
  };
  const exists = (path: string) => path in files || path === 'docs';

  it('lead to files and to headings by the names that GitHub gives them', () => {
    expect(checkLinks(pagesOf(files), exists)).toEqual([]);
    expect(findUnreachable(pagesOf(files), 'README.md')).toEqual([]);
  });

  it.each([
    ['a text\n[x](b.md)', 'README.md:2: the link to b.md leads nowhere: there is no b.md'],
    ['![x](docs/b.webp)', 'README.md:1: the link to docs/b.webp leads nowhere: there is no docs/b.webp'],
    ['# A\n\n[x](#b)', 'README.md:3: README.md has no heading #b; it has #a'],
    [
      '| a |\n| --- |\n| b |\n| [x](docs/b.md#uber) |',
      'README.md:4: docs/b.md has no heading #uber; it has #über',
    ],
  ])('are noticed where they lead nowhere: %j', (text, problem) => {
    expect(checkLinks(pagesOf({ ...files, 'README.md': text }), exists)).toEqual([problem]);
  });

  it('are missed', () => {
    expect(findUnreachable(pagesOf({ ...files, 'docs/c.md': '# C' }), 'README.md')).toEqual([
      'docs/c.md is linked from nowhere',
    ]);
  });
});

describe('paths', () => {
  const exists = (path: string) => ['src/a.ts', 'src/b', 'test/b/c.test.ts'].includes(path);

  it('of sources exist', () => {
    const text = 'See `src/a.ts`, src/b/ and test/b/c.test.ts.\nhttps://a.b/src/c.ts lib/src/d.ts';
    expect(checkPaths('a.md', text, exists)).toEqual([]);
    expect(checkPaths('a.md', 'in\n`src/gone.ts`', exists)).toEqual([
      'a.md:2: there is no src/gone.ts in the repository',
    ]);
  });
});

describe('narratives', () => {
  const check = (text: string) => checkNarrative(readPage('content/a.md', text), text, ['maps']);

  it('link to what reports have', () => {
    const good = '# A\n\n[x](layers/conv_1~d7a09ae5/3/index.html) [y](#a) [z](view:maps)';
    expect(check(good)).toEqual([]);
    expect(check('[x](layers/conv1/3.html)')).toEqual([
      'content/a.md:1: no report has a page layers/conv1/3.html',
    ]);
    expect(check('text\n[x](view:map)')[0]).toContain('content/a.md:2:');
    expect(check('[x](#b)')[0]).toContain('content/a.md:1:');
  });
});

describe('definitions', () => {
  const known: readonly Known[] = [
    {
      name: 'fit',
      what: 'key fit',
      scopes: ['docs/a.md#keys'],
      choices: ['cover', 'contain'],
      default: 'cover',
    },
    { name: '--port', what: 'option --port', scopes: ['docs/a.md#keys'], default: 4321 },
    { name: 'build', what: 'command build', scopes: ['docs/a.md#commands'] },
  ];
  const text = [
    ...['# A', '## Keys', '', '| key | value |', '| --- | --- |', '| `fit` | `cover`, `contain` |'],
    ...[
      '',
      '| option | |',
      '| --- | --- |',
      '| `--port <number>` | `4321` |',
      '',
      '## Commands',
      '',
      '### `build`',
      '',
    ],
    ...['| entry |', '| --- |', '| `other` |', ''],
  ].join('\n');
  const check = (changed: string) =>
    compare(known, readDefinitions(pagesOf({ 'docs/a.md': changed }), ['docs/a.md#commands']));

  it('stand in tables and headings', () => {
    expect(check(text)).toEqual([]);
  });

  it.each([
    [
      'a missing key',
      text.replace('| `fit` | `cover`, `contain` |\n', ''),
      'docs/a.md#keys does not define key fit',
    ],
    [
      'a missing command',
      text.replace('`build`', 'build'),
      'docs/a.md#commands does not define command build',
    ],
    [
      'a key that is defined twice',
      text.replace('| `--port', '| `fit` | `cover`, `contain` |\n| `--port'),
      'docs/a.md:6: key fit is defined again in docs/a.md:10',
    ],
    [
      'a key that is defined elsewhere',
      text.replace('| entry |', '| key |'),
      'docs/a.md:18: other is defined in docs/a.md#build, and the program knows no such name there',
    ],
    [
      'a command that is gone',
      text.replace('### `build`', '### `build`\n\n### `make`'),
      'docs/a.md:16: make is defined in docs/a.md#commands, and the program knows no such name there',
    ],
    [
      'a choice that is not named',
      text.replace(', `contain`', ', contain'),
      'docs/a.md:6: key fit may be contain, which its row does not say',
    ],
    [
      'a default that is another',
      text.replace('`4321`', '`4322`'),
      'docs/a.md:10: option --port may be 4321, which its row does not say',
    ],
  ])('are noticed: %s', (_, changed, problem) => {
    expect(check(changed)).toEqual([problem]);
  });
});
