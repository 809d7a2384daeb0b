import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/errors.ts';
import { messages, read, SAMPLE } from './harness.ts';

const chapters = async (files: Readonly<Record<string, string>>) => {
  const { experiments, problems } = await read({ 'experiments/a.yaml': SAMPLE, ...files });
  expect(problems.map(({ problem }) => formatProblem(problem))).toEqual([]);
  return experiments[0]!.narrative.chapters;
};
const complain = (files: Readonly<Record<string, string>>) =>
  messages({ 'experiments/a.yaml': SAMPLE, ...files });

describe('chapters', () => {
  it('are in the order of their numbers, with and without a title', async () => {
    const found = await chapters({
      'content/a.md': 'The overview.',
      'content/a/10-last-words.md': 'The end.',
      'content/a/2-edges.md': '---\ntitle: Edges and bars\ndescription: Why edges.\n---\n# One\n',
      'content/a/README.md': 'For authors.',
      'content/a/_draft.md': 'Not yet.',
    });
    expect(found).toEqual([
      {
        ...{ id: 'edges', title: 'Edges and bars', description: 'Why edges.' },
        blocks: [{ kind: 'html', html: '<h2 id="text-one">One</h2>\n' }],
      },
      { id: 'last-words', title: 'Last words', blocks: [{ kind: 'html', html: '<p>The end.</p>\n' }] },
    ]);
  });

  it('link to views and to pages of the report from two folders below it', async () => {
    const [chapter] = await chapters({
      'content/a/1-one.md':
        '# Top\n[view](view:first-layer) [unit](layers/conv1/3/index.html) [far](https://example.org) [here](#top)\n\n![All](view:first-layer)',
    });
    const [html, figure] = chapter!.blocks;
    expect(html).toMatchObject({ kind: 'html' });
    const links = [...(html as { html: string }).html.matchAll(/href="([^"]+)"/g)].map(([, link]) => link);
    expect(links).toEqual([
      '../../views/first-layer/index.html',
      '../../layers/conv1/3/index.html',
      'https://example.org',
      '#text-top',
    ]);
    expect(figure).toEqual({ kind: 'figure', view: 'first-layer', caption: 'All' });
  });

  it('need no overview, and no folder', async () => {
    expect(await chapters({ 'content/a/1-one.md': 'Text.' })).toHaveLength(1);
    expect(await chapters({ 'content/a.md': 'Text.' })).toEqual([]);
  });

  it('are refused with all their problems, each in its place', async () => {
    const said = await complain({
      'content/a/1-one.md': '---\norder: 2\n---\n\n![x](view:nowhere)',
      'content/a/2-one.md': 'The same name.',
      'content/a/edges.md': 'Without a number.',
      'content/a/3-Großes.md': 'No id.',
    });
    expect(said).toMatchInlineSnapshot(`
      "content/a/1-one.md:2:1: \`order\` is not a key of front matter.
        Chapters are ordered by the numbers in their file names.
        Rename the file.
        Valid: title, description

      content/a/1-one.md:5:6: There is no view \`nowhere\`.
        Valid: first-layer, feature-maps-block1-conv1, activation-maximization-block1-conv2-block3-conv3-block5-conv3, top-patches-all-conv, stages, kernels-first-conv

      content/a/2-one.md: Two chapters are called \`one\`.
        The other one is \`content/a/1-one.md\`. The number is not part of the address.
        Rename one of them.

      content/a/3-Großes.md: A chapter cannot be called \`3-Großes.md\`.
        An id is part of a URL: lower-case letters, digits and hyphens, not beginning with a hyphen.
        Rename the file to \`3-gro-es.md\`.

      content/a/edges.md: A chapter cannot be called \`edges.md\`.
        The file name of a chapter is its number, a hyphen and its id.
        Rename the file, for example to \`01-edges.md\`."
    `);
  });

  it('belong to an experiment', async () => {
    expect(await complain({ 'content/b/1-one.md': 'Text.' })).toMatchInlineSnapshot(`
      "content/b: There is no experiment \`b\` for these chapters.
        Did you mean \`a\`?
        Valid: a"
    `);
    expect(await complain({ 'content/notes/todo.txt': 'No chapter.' })).toBe('');
  });
});
