import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { resolveProject } from '../../src/config/project.ts';
import { colormaps } from '../../src/schema/colormaps.ts';
import { readSharedOptions } from '../../src/cli/shared-options.ts';
import { UserError } from '../../src/errors.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'filterscope config-'))));
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, text: string) => writeFile(join(folder, name), text);

async function complaint(work: () => unknown): Promise<string> {
  const error = await Promise.resolve()
    .then(work)
    .then(
      () => 'nothing was wrong',
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

describe('loadConfig', () => {
  it('gives an empty configuration where there is no file', async () => {
    expect(await loadConfig(folder)).toEqual({});
  });

  it('runs TypeScript, with what it imports, and writes nothing', async () => {
    await write('title.ts', 'export const title: string = "Ours";');
    await write(
      'filterscope.config.ts',
      `import { basename } from 'node:path';
       import { defineConfig, type FilterscopeConfig } from 'filterscope';
       import { title } from './title';
       const config: FilterscopeConfig = { title, out: basename('a/site'), cache: import.meta.dirname };
       export default defineConfig(config);`,
    );
    expect(await loadConfig(folder)).toEqual({ title: 'Ours', out: 'site', cache: folder });
    expect((await readdir(folder)).sort()).toEqual(['filterscope.config.ts', 'title.ts']);
  });

  it('runs JavaScript', async () => {
    await write(
      'filterscope.config.mjs',
      'export default { base: "/team/", url: "https://example.org/team" };',
    );
    expect(await loadConfig(folder)).toEqual({ base: '/team/', url: 'https://example.org/team' });
  });

  it('says which line is wrong, and what else keeps the file from running', async () => {
    await write('filterscope.config.ts', 'const a = 1;\nexport default { title: ;');
    expect(await complaint(() => loadConfig(folder))).toMatchInlineSnapshot(`
      "filterscope.config.ts:2:25: \`filterscope.config.ts\` cannot be run.
        Unexpected ";"
        The file is a module of JavaScript or TypeScript that exports the configuration."
    `);
    await write('filterscope.config.ts', 'throw new Error("no such thing\\nmore");');
    expect(await complaint(() => loadConfig(folder))).toContain('no such thing\n  The file is');
    await write('filterscope.config.ts', 'export const title = "a";');
    expect(await complaint(() => loadConfig(folder))).toMatchInlineSnapshot(`
      "filterscope.config.ts: \`filterscope.config.ts\` has no default export.
        Write \`export default { title: "My networks" };\`."
    `);
    await write('filterscope.config.mjs', 'export default {};');
    expect(await complaint(() => loadConfig(folder))).toMatchInlineSnapshot(`
      "There are two configurations: \`filterscope.config.ts\` and \`filterscope.config.mjs\`.
        Delete or rename one of them."
    `);
  });
});

describe('parseConfig', () => {
  const reject = (value: unknown) => complaint(() => parseConfig(value, 'filterscope.config.mjs'));

  it('names unknown keys with the nearest valid one, and all of them at once', async () => {
    expect(await reject({ titel: 'a', plugins: [] })).toMatchInlineSnapshot(`
      "filterscope.config.mjs: \`titel\` is not a key of the configuration.
        Did you mean \`title\`?
        Valid: title, base, url, experiments, content, out, cache, store, techniques, layers, formats, colormaps, presentations

      filterscope.config.mjs: \`plugins\` is not a key of the configuration.
        Valid: title, base, url, experiments, content, out, cache, store, techniques, layers, formats, colormaps, presentations"
    `);
  });

  it.each([
    ['title', ''],
    ['title', 'two\nlines'],
    ['title', 'a'.repeat(201)],
    ['base', 'team/'],
    ['base', '/../team/'],
    ['base', '//example.org/'],
    ['url', 'example.org'],
    ['url', 'ftp://example.org/'],
    ['url', 'https://example.org/?a'],
    ['out', 7],
    ['cache', null],
    ['experiments', ['a']],
  ])('names the key %s for the value %j', async (key, value) => {
    const message = await reject({ [key]: value });
    expect(message).toMatch(new RegExp(`^filterscope\\.config\\.mjs: \`${key}\` is `));
    expect(message).toContain(`\`${key}\` must be `);
  });

  it('takes nothing but an object', async () => {
    expect(await reject([])).toMatch(
      /^filterscope\.config\.mjs: The default export is a list, not an object\./,
    );
  });
});

describe('resolveProject', () => {
  it('has the defaults of the command line', () => {
    expect(resolveProject('/p', {})).toEqual({
      experiments: '/p/experiments',
      content: '/p/content',
      out: '/p/dist',
      cache: '/p/.filterscope',
      base: '/',
      settings: {},
    });
  });

  it('takes the base from the address, and both with a slash at the end', () => {
    const { base, settings } = resolveProject('/p', { url: 'https://example.org/a/b' });
    expect({ base, settings }).toEqual({ base: '/a/b/', settings: { url: 'https://example.org/a/b/' } });
    expect(resolveProject('/p', { url: 'https://example.org', base: '/c ü' })).toMatchObject({
      base: '/c ü/',
      settings: { url: 'https://example.org/', base: '/c%20%C3%BC/' },
    });
  });

  it('lets options of the command line win', () => {
    const config = { experiments: 'e', out: 'o', cache: '/c', title: 'T' };
    const options = readSharedOptions({ out: 'x', backend: 'wasm' }, '/p', config);
    expect(options).toMatchObject({ experiments: '/p/e', content: '/p/content', out: '/p/x', cache: '/c' });
    expect(options.settings).toEqual({ title: 'T' });
  });
});

describe('plug-ins in the configuration', () => {
  const start = "import { defineColormap, defineLayer, z } from 'filterscope';\n";

  it('are told from what is none, all at once', async () => {
    await write(
      'filterscope.config.ts',
      `${start}export default {
        techniques: [{ name: 'Bad Name', version: 0, settings: z.string(), plan: 1, extra: true }],
        colormaps: [{ name: 'two', colors: ['#000'] }, 7],
        layers: {},
      };`,
    );
    expect(await complaint(() => loadConfig(folder))).toMatchInlineSnapshot(`
      "filterscope.config.ts: \`layers\` is a group of keys.
        \`layers\` must be a list."
    `);
    await write(
      'filterscope.config.ts',
      `${start}export default { colormaps: [{ name: 'two', colors: ['#000'] }, 7] };`,
    );
    expect(await complaint(() => loadConfig(folder))).toMatchInlineSnapshot(`
      "filterscope.config.ts: \`colors\` of \`colormaps[0]\` must be a list of 2 to 256 colours as \`#rrggbb\`.

      filterscope.config.ts: \`colormaps[1]\` is the number \`7\`, not an object."
    `);
  });

  it('may not take names that there are', async () => {
    await write(
      'filterscope.config.ts',
      `${start}const build = () => {};
      export default {
        colormaps: [defineColormap({ name: 'viridis', colors: ['#000000', '#ffffff'] })],
        layers: [
          defineLayer({ name: 'Conv2D', kind: 'other', build }),
          defineLayer({ name: 'Mine', aliases: ['Convolution2D'], kind: 'other', build }),
        ],
        formats: [{ name: 'mine', endings: ['.h5'], example: 'a.h5', saving: 'Save it.', open: build }],
        presentations: [{ technique: 'gone', noun: 'Thing' }],
      };`,
    );
    expect(await complaint(() => loadConfig(folder))).toMatchInlineSnapshot(`
      "\`colormaps[0]\` is called \`viridis\`, as one that Filterscope has.
        Give it another name.

      \`layers[0]\` is called \`Conv2D\`, as one that Filterscope has.
        Give it another name.

      \`layers[1]\` has the alias \`Convolution2D\`, a name of a layer type that Filterscope has.
        Leave it out.

      \`formats[0]\` has the ending \`.h5\`, as the format \`keras-h5\`.
        Give it an ending of its own.

      \`presentations[0]\` is of the technique \`gone\`, which does not exist.
        Valid: feature-maps, kernels, stages, activation-maximization, top-patches, predictions, attribution, arithmetic, forward-pass"
    `);
  });

  it('are forgotten with the next configuration', async () => {
    await write(
      'filterscope.config.ts',
      `${start}export default { colormaps: [defineColormap({ name: 'two', colors: ['#000000', '#ffffff'] })] };`,
    );
    await loadConfig(folder);
    expect(colormaps.has('two')).toBe(true);
    await write('filterscope.config.ts', 'export default {};');
    await loadConfig(folder);
    expect(colormaps.has('two')).toBe(false);
  });
});
