import { describe, expect, it } from 'vitest';
import { parseNarrative } from '../../src/schema/narrative.ts';
import { toId } from '../../src/schema/pieces.ts';
import { show } from '../../src/schema/words.ts';
import { complain, experimentOf, messages, withImages, withModel, withView } from './harness.ts';

const times = (count: number, make: (index: number) => string, between = '\n') =>
  Array.from({ length: count }, (_, index) => make(index)).join(between);

/** Milliseconds of the processor: far above what linear work takes, far below quadratic work. */
const ENOUGH = 5000;
const used = (): number => process.cpuUsage().user / 1000;

async function soon(work: () => Promise<string>): Promise<string> {
  const start = used();
  const said = await work();
  expect(used() - start).toBeLessThan(ENOUGH);
  expect(said.length).toBeLessThan(300_000);
  return said;
}

describe('an experiment file of much', () => {
  it('shows the first hundred problems and counts the others', async () => {
    const said = await soon(() =>
      complain(
        `title: A\nmodel: {zoo: lenet}\nviews: [{technique: kernels}]\n${times(250, (index) => `k${index}: 1`)}\n`,
      ),
    );
    expect(said.match(/is not a key of an experiment/g)).toHaveLength(100);
    expect(said).toContain('experiments/a.yaml:4:1: `k0` is not');
    expect(said.split('\n\n').at(-1)).toBe(
      'experiments/a.yaml: The file has 150 more problems.\n  Correct those above, then run the command again.',
    );
  });

  it('shows a hundred problems without a count', async () => {
    const said = await complain(
      `title: A\nmodel: {zoo: lenet}\nviews: [{technique: kernels}]\n${times(100, (index) => `k${index}: 1`)}\n`,
    );
    expect(said.match(/is not a key/g)).toHaveLength(100);
    expect(said).not.toContain('more problem');
  });

  it('counts layers and views before it reads them', async () => {
    const layers = withModel(`input: [8, 8]\nlayers: [${'nonsense, '.repeat(10_001)}]`);
    expect(await soon(() => complain(layers))).toMatchInlineSnapshot(
      `"experiments/a.yaml:4:11: \`layers\` must have at most 1000 entries, not 10001."`,
    );
    const views = `title: A\nmodel: {zoo: lenet}\nviews:\n${'  - {technique: nonsense}\n'.repeat(2000)}`;
    expect(await soon(() => complain(views))).toMatchInlineSnapshot(
      `"experiments/a.yaml:4:3: \`views\` must have at most 500 entries, not 2000."`,
    );
  });

  it('may have a thousand layers, whose names are all taken', async () => {
    const named = times(500, (index) => `{relu: {name: relu_${index + 1}}}`, ', ');
    const { model } = await experimentOf(
      withModel(`input: [8, 8]\nlayers: [${named}, ${'relu, '.repeat(500)}]`),
    );
    const names = model.source.kind === 'inline' ? model.source.layers.map(({ name }) => name) : [];
    expect(names).toEqual(Array.from({ length: 1000 }, (_, index) => `relu_${index + 1}`));
  });

  it('is refused where it has more values than anybody reads', async () => {
    expect(await soon(() => complain(withView(`layer: 0\nfilters: [${'1,'.repeat(200_000)}1]`))))
      .toMatchInlineSnapshot(`
        "experiments/a.yaml: The file has more than 100,000 YAML tokens (keys, values and punctuation).
          Write fewer entries: use ranges such as \`0-48\`, a folder or a \`glob\`."
      `);
  });

  it.each([
    ['duplicate keys', `title: A\n${'a: 1\n'.repeat(10_000)}`, 'The key `a` is given twice'],
    ['aliases', `a: &a 1\nb: [${'*a,'.repeat(10_000)}]\n`, '`a` is not a key of an experiment'],
    ['undefined aliases', `b: [${'*a,'.repeat(10_000)}]\n`, 'The alias (`*name`) is not defined above'],
    [
      'anchors',
      `a: [${times(4000, (i) => `&a${i} 1`, ',')}]\nb: [${times(4000, (i) => `*a${i}`, ',')}]\n`,
      '`b` is not a key',
    ],
    [
      'aliases of aliases',
      `${times(3000, (i) => `k${i}: &k${i} ${i ? `[*k${i - 1}]` : '1'}`)}\n`,
      'The file is nested too deeply',
    ],
    [
      'classes',
      withImages(`classes: {${times(10_001, (i) => `k${i}: a`, ',')}}`),
      '`classes` has more than 10,000 entries',
    ],
    [
      'classes to draw',
      withImages(`generated: patterns\nclasses: [${times(5000, (i) => `k${i}`, ',')}]`),
      'There are no patterns of class `k0`',
    ],
    ['images', withView(`layer: 0\nimages: [${'[],'.repeat(8000)}1]`), 'Entry 1 of `images` cannot be'],
    [
      'placeholders',
      withView(`layer: 0\nlabel: "${'{a}'.repeat(300_000)}"`),
      '`label` must have at most 200 characters',
    ],
    ['a long key', `${'x'.repeat(1000)}: 1\n`, '…` is not a key of an experiment'],
    ['a long explicit key', `? ${'x'.repeat(1_000_000)}\n: 1\n`, '…` is not a key of an experiment'],
    [
      'a long technique',
      withView('layer: 0').replace('feature-maps', 'x'.repeat(1_000_000)),
      'There is no technique `xxx',
    ],
    ['a long title', `title: ${'x'.repeat(1_000_000)}\n`, '`title` has 1000000 characters'],
    ['a long tag', '!'.repeat(1_000_000), 'This is not valid YAML'],
    [
      'huge numbers',
      withView('layer: 0\ngrid: 1e9x1e9\nlevels: 1e300\nfilters: 0-1e12\nimages: 1e12'),
      '`levels` must be',
    ],
  ])('is read soon with %s', async (_, text, expected) => {
    expect(await soon(() => complain(text))).toContain(expected);
  });

  it('compares no long names of layers with all others', async () => {
    const named = times(
      999,
      (index) => `{relu: {name: ${'a'.repeat(90)}${index}, from: ${'b'.repeat(95)}${index}}}`,
      ',\n    ',
    );
    const said = await soon(() => complain(withModel(`input: [8, 8]\nlayers:\n  [${named}]`)));
    expect(said).toContain('The file has 899 more problems.');
  });
});

describe('aliases', () => {
  it('may be many', async () => {
    const { views } = await experimentOf(
      `title: A\nmodel: {zoo: lenet}\nviews:\n  - &view {technique: kernels, layers: [0]}\n${'  - *view\n'.repeat(300)}`,
    );
    expect(views).toHaveLength(301);
    expect(new Set(views.map(({ id }) => id)).size).toBe(301);
  });

  it('stand for the last value of their name above them', async () => {
    const { views } = await experimentOf(
      'title: A\nmodel: {zoo: lenet}\nviews:\n  - {technique: feature-maps, layer: &a 1, filters: *a}\n  - {technique: feature-maps, layer: &a 2, filters: *a}\n',
    );
    expect(views.map(({ written }) => [written['layer'], written['filters']])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('cannot stand inside what they repeat', async () => {
    expect(await complain('title: A\nmodel: &m {zoo: *m}\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:2:17: The alias (\`*name\`) is inside the value that it repeats.
        Write the value out instead."
    `);
  });
});

describe('values in messages', () => {
  it('are cut where they are deep, wide or long', () => {
    expect(show([[[[1]]]])).toBe('`[[[[…]]]]`');
    expect(show('x'.repeat(60))).toBe(`\`${'x'.repeat(60)}\``);
    expect(show('x'.repeat(61))).toBe(`\`${'x'.repeat(60)}…\``);
    let deep: unknown[] = Array.from({ length: 12 }, () => 1);
    for (let level = 0; level < 40; level++) deep = Array.from({ length: 12 }, () => deep);
    expect(show(deep)).toMatch(/^`\[\[\[.*…`$/);
  });
});

describe('a narrative of much', () => {
  const read = (text: string) => {
    const start = used();
    const parsed = parseNarrative({ text, shownFile: 'content/a.md', views: ['x'] });
    expect(used() - start).toBeLessThan(ENOUGH);
    return parsed;
  };
  const anchorsOf = (text: string) =>
    read(text).narrative.blocks.flatMap((block) =>
      block.kind === 'html' ? [...block.html.matchAll(/ id="text-([^"]*)"/g)].map(([, id]) => id!) : [],
    );

  /** The first free of a, a-2, a-3, … for each heading, as it is defined. */
  function definedAnchors(titles: readonly string[]): readonly string[] {
    const taken: string[] = [];
    for (const title of titles) {
      const base = toId(title) || 'section';
      let anchor = base;
      for (let count = 2; taken.includes(anchor); count += 1) anchor = `${base}-${count}`;
      taken.push(anchor);
    }
    return taken;
  }

  it('gives 20,000 equal headings an anchor each', () => {
    const anchors = anchorsOf('# a\n'.repeat(20_000));
    expect(anchors.slice(0, 3)).toEqual(['a', 'a-2', 'a-3']);
    expect(anchors.at(-1)).toBe('a-20000');
    expect(new Set(anchors).size).toBe(20_000);
  });

  it('gives headings that are called like anchors the anchors of the definition', () => {
    const titles = Array.from({ length: 600 }, (_, index) => {
      const kind = (index * 7919) % 5;
      if (kind < 2) return 'a';
      return kind === 2 ? `a-${(index * 31) % 200}` : kind === 3 ? `a-2-${index % 7}` : '!';
    });
    expect(anchorsOf(titles.map((title) => `# ${title}\n`).join(''))).toEqual(definedAnchors(titles));
  });

  it.each([
    ['headings that are called like anchors', times(10_000, (i) => (i < 5000 ? `# a-${i + 2}` : '# a'))],
    ['list items', '- a\n'.repeat(20_000)],
    ['lines that belong to many quotations', `${'>'.repeat(29)} a\n${'a\n'.repeat(10_000)}`],
    ['links', '[a](view:x)\n'.repeat(8000)],
    ['tables', `|a|b|\n|-|-|\n${'|a|b|\n'.repeat(8000)}`],
    ['emphasis', '*a **b _c '.repeat(10_000)],
    ['brackets', '['.repeat(30_000)],
    ['one line', 'a '.repeat(500_000)],
  ])('is read soon with %s', (_, text) => {
    expect(read(text).problems).toEqual([]);
  });

  it('shows the first hundred problems and counts the others', () => {
    const { problems } = read(`# a\n\n${'[a](#b) '.repeat(20_000)}`);
    expect(problems).toHaveLength(101);
    expect(problems[0]).toMatchObject({ what: 'There is no heading `b` in this text.' });
    expect(problems[100]!.what).toBe('The file has 19,900 more problems.');
  });

  it('counts the keys of front matter among its problems', async () => {
    const text = `---\n${times(200, (index) => `k${index}: 1`)}\n---\n[a](#b)\n`;
    const said = await messages({ 'experiments/a.yaml': withModel('zoo: lenet'), 'content/a.md': text });
    expect(said).toContain('The file has 101 more problems.');
  });

  it.each([
    ['quotations', (levels: number) => `${'>'.repeat(levels)} deepest\n`, 29],
    [
      'lists',
      (levels: number) => times(levels, (level) => `${'  '.repeat(level)}- ${level}`) + ' deepest\n',
      14,
    ],
  ])('loses nothing of %s in each other without a word', (_, nested, most) => {
    const { narrative, problems } = read(nested(most));
    expect(problems).toEqual([]);
    expect(JSON.stringify(narrative.blocks)).toContain('deepest');
    expect(read(`a\n\n${nested(most + 1)}`).problems[0]).toMatchObject({
      what: 'Lists and quotations are nested too deeply.',
    });
    expect(read(nested(5000)).problems).toHaveLength(1);
  });

  it('has at most 500 figures', () => {
    expect(read('![a](view:x)\n\n'.repeat(500)).problems).toEqual([]);
    expect(read('![a](view:x)\n\n'.repeat(600)).problems).toEqual([
      {
        what: 'The text shows more than 500 figures.',
        hint: 'Link to views instead: `[text](view:id)`.',
        place: { file: 'content/a.md', line: 1001, column: 1 },
      },
    ]);
  });

  it('cannot repeat a long address without end', () => {
    const { problems, narrative } = read(
      `${'[a] '.repeat(50_000)}\n\n[a]: https://example.org/${'b'.repeat(300_000)}\n`,
    );
    expect(problems.map(({ what }) => what)).toEqual(['The text becomes more than 10 MB of HTML.']);
    expect(narrative.blocks).toEqual([]);
  });
});
