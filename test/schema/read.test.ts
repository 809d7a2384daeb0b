import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../src/effects.ts';
import { packageRoot } from '../../src/package-root.ts';
import { readExperiments } from '../../src/schema/read.ts';
import { messages, read, techniques } from './harness.ts';

const good = 'title: A\nmodel: {zoo: lenet}\nviews: [{technique: kernels}]\n';

describe('a folder of experiments', () => {
  it('is read in natural order, with what is wrong beside what is right', async () => {
    const { experiments, problems } = await read({
      'experiments/b10.yaml': good,
      'experiments/b9.yml': good,
      'experiments/broken.yaml': 'title: [\n',
      'experiments/wrong.yaml': 'title: A\nmodel: {zoo: lenet}\nviews: [{technique: x}]\n',
      'experiments/notes.txt': 'not an experiment',
      'experiments/.hidden.yaml': 'title: [\n',
    });
    expect(experiments.map(({ id }) => id)).toEqual(['b9', 'b10']);
    expect(problems.map(({ id, problem }) => [id, problem.place?.file])).toEqual([
      ['broken', 'experiments/broken.yaml'],
      ['wrong', 'experiments/wrong.yaml'],
    ]);
  });

  it('must exist', async () => {
    expect(await messages({})).toMatchInlineSnapshot(`
      "There is no folder \`experiments\`.
        It is the folder of the experiment files.
        Create it and put a .yaml file into it, or name another folder with \`--experiments\`."
    `);
  });

  it('must hold an experiment', async () => {
    expect(await messages({ 'experiments/readme.txt': '' })).toMatchInlineSnapshot(`
      "There are no experiments in \`experiments\`.
        Put a .yaml file into it, or run \`npx filterscope new\`."
    `);
  });

  it('holds every id once', async () => {
    expect(
      await messages({
        'experiments/cats.yaml': good,
        'experiments/cats.yml': good,
        'experiments/Cats.yaml': good,
      }),
    ).toMatchInlineSnapshot(`
      "experiments/Cats.yaml: Two experiments are called \`cats\`.
        The other one is \`experiments/cats.yaml\`. The name becomes a URL, in which case and ending make no difference.
        Rename one of them.

      experiments/cats.yml: Two experiments are called \`cats\`.
        The other one is \`experiments/cats.yaml\`. The name becomes a URL, in which case and ending make no difference.
        Rename one of them."
    `);
  });

  it('holds only names that make URLs', async () => {
    expect(
      await messages({
        'experiments/Big Cats.yaml': good,
        'experiments/<b>.yaml': good,
        'experiments/été.yaml': good,
        'experiments/-.yaml': good,
        'experiments/assets.yaml': good,
        'experiments/con.yaml': good,
        [`experiments/${'x'.repeat(81)}.yaml`]: good,
      }),
    ).toMatchInlineSnapshot(`
      "experiments/-.yaml: An experiment cannot be called \`-\`.
        An id is part of a URL: lower-case letters, digits and hyphens, not beginning with a hyphen.
        Rename the file.

      experiments/<b>.yaml: An experiment cannot be called \`<b>\`.
        An id is part of a URL: lower-case letters, digits and hyphens, not beginning with a hyphen.
        Rename the file to \`b.yaml\`.

      experiments/assets.yaml: An experiment cannot be called \`assets\`.
        The gallery uses a folder of that name.
        Rename the file.

      experiments/Big Cats.yaml: An experiment cannot be called \`Big Cats\`.
        An id is part of a URL: lower-case letters, digits and hyphens, not beginning with a hyphen.
        Rename the file to \`big-cats.yaml\`.

      experiments/con.yaml: An experiment cannot be called \`con\`.
        Windows does not allow a folder of that name.
        Rename the file.

      experiments/été.yaml: An experiment cannot be called \`été\`.
        An id is part of a URL: lower-case letters, digits and hyphens, not beginning with a hyphen.
        Rename the file to \`ete.yaml\`.

      experiments/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.yaml: An experiment cannot be called \`xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\`.
        An id has at most 80 characters.
        Rename the file to \`xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.yaml\`."
    `);
  });

  it('is read from disk too', async () => {
    const options = {
      contentDir: join(packageRoot, 'content'),
      techniques,
      files: nodeFiles,
      cwd: packageRoot,
    };
    const { problems } = await readExperiments({ ...options, dir: join(packageRoot, 'test/schema/nowhere') });
    expect(problems[0]?.problem.what).toBe('There is no folder `test/schema/nowhere`.');
  });
});

describe('narratives', () => {
  it('need their experiment', async () => {
    expect(
      await messages({ 'experiments/cats.yaml': good, 'content/cat.md': 'Hello', 'content/README.md': '' }),
    ).toMatchInlineSnapshot(`
      "content/cat.md: There is no experiment \`cat\` for this text.
        Did you mean \`cats\`?
        Valid: cats.md"
    `);
  });

  it('are no strays where only their experiment is broken', async () => {
    const { experiments, problems } = await read({
      'experiments/cats.yaml': 'title: [\n',
      'content/cats.md': '![figure](view:anything)\n',
    });
    expect(experiments).toEqual([]);
    expect(problems).toHaveLength(1);
  });

  it('make their experiment fail where something is wrong with them', async () => {
    const { experiments, problems } = await read({
      'experiments/cats.yaml': good,
      'content/cats.md': '![figure](view:anything)\n',
    });
    expect(experiments).toEqual([]);
    expect(problems).toMatchObject([
      { id: 'cats', problem: { place: { file: 'content/cats.md', line: 1 } } },
    ]);
  });
});
