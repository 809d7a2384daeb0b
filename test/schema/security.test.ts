import { describe, expect, it } from 'vitest';
import { complain, experimentOf, read, withImages, withView } from './harness.ts';

const laughs = (levels: number) => {
  const lines = ['x0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]'];
  for (let level = 1; level <= levels; level += 1) {
    const last = `*x${level - 1}`;
    lines.push(`x${level}: &x${level} [${Array.from({ length: 9 }, () => last).join(', ')}]`);
  }
  return `${lines.join('\n')}\n`;
};

const timed = async (work: () => Promise<unknown>) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

describe('hostile experiment files', () => {
  it('cannot explode through aliases', async () => {
    expect(await complain(laughs(9))).toMatchInlineSnapshot(`
      "experiments/a.yaml: The aliases (\`*name\`) of this file repeat too much.
        Written out, they make the file many times longer.
        Write the settings out instead."
    `);
    expect(await timed(() => complain(laughs(9)))).toBeLessThan(20_000);
  });

  it('may use aliases for what they are good for', async () => {
    const { views } = await experimentOf(`title: A
model: {zoo: lenet}
views:
  - {technique: feature-maps, layer: 1, grid: &grid 3x3}
  - {technique: feature-maps, layer: 2, grid: *grid}
`);
    expect(views.map(({ written }) => written['grid'])).toEqual(['3x3', '3x3']);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('cannot set %s', async (key) => {
    const text = `title: A\nmodel: {zoo: lenet, ${key}: {includeTop: 1}}\n${key}: {a: 1}\nviews: [{technique: kernels, "${key}": {a: 1}}]\n`;
    const said = await complain(text);
    expect(said.match(/cannot be used as a key/g)).toHaveLength(3);
    expect(Object.hasOwn({}, 'a') || 'a' in {}).toBe(false);
  });

  it('cannot name a class __proto__', async () => {
    expect(await complain(withImages('classes: {__proto__: a.png}'))).toMatchInlineSnapshot(
      `"experiments/a.yaml:4:13: \`__proto__\` cannot be used as a key."`,
    );
  });

  it('cannot bring code or bytes by YAML tags', async () => {
    expect(
      await complain('title: !!js/function "function () {}"\nmodel: !!binary aGk=\nviews: !include a.yaml\n'),
    ).toMatchInlineSnapshot(`
      "experiments/a.yaml:1:8: The YAML tag \`!!js/function\` is not supported.
        Write the value without a tag, in quotes if it begins with \`!\`.

      experiments/a.yaml:2:8: The YAML tag \`!!binary\` is not supported.
        Write the value without a tag, in quotes if it begins with \`!\`.

      experiments/a.yaml:3:8: The YAML tag \`!include\` is not supported.
        Write the value without a tag, in quotes if it begins with \`!\`."
    `);
  });

  it('cannot use merge keys or keys that are no text', async () => {
    expect(await complain('title: A\n? [a, b]\n: c\n')).toMatchInlineSnapshot(
      `"experiments/a.yaml:2:3: A key must be a single word or text."`,
    );
    expect(await complain('title: A\nmodel: &m {zoo: lenet}\nviews: [{technique: kernels, <<: *m}]\n'))
      .toMatchInlineSnapshot(`
      "experiments/a.yaml:3:30: \`<<\` is not a key of a kernels view.
        Valid: layers, id, title, technique"
    `);
  });

  it.each([
    ['brackets', `views: ${'['.repeat(100_000)}`],
    ['braces', `views: ${'{a: '.repeat(50_000)}`],
    ['dashes', '- '.repeat(100_000)],
    ['indentation', Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['closed brackets', `views: ${'['.repeat(3000)}${']'.repeat(3000)}`],
  ])('cannot exhaust the stack by %s', async (_, text) => {
    expect(await complain(`${text}\n`)).not.toBe('');
  });

  it('cannot make huge lists out of short ranges', async () => {
    const ranges = ['0-999999999', '[0-99999, 0-99999]', '999999999999999-0', '"0-99999999999999999999"'];
    for (const range of ranges) {
      const work = () => complain(withView(`layer: 0\nfilters: ${range}\nimages: ${range}`));
      expect(await work()).toContain('`filters`');
      expect(await timed(work)).toBeLessThan(20_000);
    }
  });

  it('cannot make huge lists out of many ranges', async () => {
    const many = `[${Array.from({ length: 20_000 }, () => '0-99999').join(', ')}]`;
    expect(await complain(withView(`layer: 0\nfilters: ${many}\nimages: ${many}`))).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:24: Entry 2 of \`filters\` names 200,000 filters. The limit is 100,000.

      experiments/a.yaml:7:13: \`images\` names 2,000,000,000 images. The limit is 100,000."
    `);
  });

  it('cannot put control characters into paths', async () => {
    expect(await complain(withImages('folder: "a\\0b"\nfiles: ["\\e[31m.png"]'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:11: \`folder\` cannot be \`a\\u0000b\`.
        A path cannot contain control characters.

      experiments/a.yaml:5:11: Entry 1 of \`files\` cannot be \`\\u001b[31m.png\`.
        A path cannot contain control characters."
    `);
  });

  it('cannot put control characters into a terminal through messages', async () => {
    const said = await complain('title: "\\e[31m"\n"\\e[2J": 1\nseed: "\\e[31m\\u202e`x`"\n');
    // eslint-disable-next-line no-control-regex -- finding control characters is the point
    expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it('are refused where they are no UTF-8 text', async () => {
    expect(await complain(Uint8Array.from([0x74, 0x3a, 0x0a, 0x20, 0xff, 0xfe]))).toMatchInlineSnapshot(`
      "experiments/a.yaml:2:2: The file is not UTF-8 text.
        Save the file as UTF-8."
    `);
    expect(await complain('title: A\nmodel: \u0000\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:2:8: The file contains the control character U+0000.
        Delete the character."
    `);
  });

  it('are refused where they are too large', async () => {
    expect(await complain(`# ${'x'.repeat(1024 * 1024)}\n`)).toMatchInlineSnapshot(`
      "experiments/a.yaml: The file is larger than 1 MB.
        The limit for an experiment file is 1 MB."
    `);
  });

  it('may begin with a byte order mark and have Windows line ends', async () => {
    const { experiments } = await read({
      'experiments/a.yaml': '\ufefftitle: A\r\nmodel: {zoo: lenet}\r\nviews:\r\n  - technique: kernels\r\n',
    });
    expect(experiments[0]?.title).toBe('A');
    expect(experiments[0]?.locate(['views', 0, 'technique'])).toMatchObject({ line: 4, column: 16 });
  });
});
