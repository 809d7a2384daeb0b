import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { packageRoot } from '../../src/package-root.ts';
import { formatManifest, makeManifest, MANIFEST_NAME } from '../../src/publish/manifest.ts';
import { checkNoImagesIn, checkOutFolder, thisMachine } from '../../src/publish/out-folder.ts';
import type { Machine } from '../../src/publish/out-folder.ts';
import { nextFolder, recover, removeOut, swap } from '../../src/publish/swap.ts';
import { listFolder } from '../../src/store/store.ts';
import { nameless } from '../nameless.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'filterscope out-')));
  await mkdir(join(folder, 'in/experiments'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const at = (path: string): string => join(folder, path);

async function write(path: string, text = path): Promise<void> {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), text);
}

/** A folder as a build leaves it. */
async function makeGallery(path: string, text = 'Filterscope'): Promise<void> {
  await write(`${path}/index.html`, text);
  await write(`${path}/cats/views/maps/index.html`, text);
  await write(`${path}/assets/0123.png`, text);
  await writeFile(at(`${path}/${MANIFEST_NAME}`), formatManifest(makeManifest(at(path))));
}

const check = (out: string, machine: Machine = thisMachine): Promise<string> =>
  checkOutFolder(
    { out, experiments: at('in/experiments'), content: at('in/content'), cache: at('in/cache') },
    machine,
  );

/** The message, or what the check has returned. */
const answer = (checked: Promise<string>): Promise<string> =>
  checked.then(
    (real) => `goes to ${nameless(real, folder, '<folder>')}`,
    (error: unknown) => {
      expect(error).toBeInstanceOf(UserError);
      return nameless((error as UserError).message, folder, '<folder>').replaceAll(packageRoot, '<package>');
    },
  );

const paths = async (path: string): Promise<string[]> =>
  (await listFolder(at(path))).map((file) => file.path);

const lockOptions = { command: 'test', signal: new AbortController().signal, tell: () => {} };

describe('the folder of a gallery', () => {
  it('may hold what a build wrote, changed or not, and nothing else', async () => {
    await makeGallery('dist');
    await write('dist/index.html', 'edited');
    await rm(at('dist/assets/0123.png'));
    expect(await answer(check(at('dist')))).toBe('goes to <folder>/dist');
    await write('dist/cats/notes.txt');
    await mkdir(at('dist/mine/of/old'), { recursive: true });
    await symlink(at('in'), at('dist/link'));
    expect(await answer(check(at('dist')))).toMatchInlineSnapshot(`
      "The gallery cannot go to \`<folder>/dist\`.
        The folder would be replaced as a whole, and it contains files that are not part of a gallery: \`cats/notes.txt\`, \`link\`, \`mine/\`.
        Move these files, or name another folder with \`--out\`."
    `);
  });

  it.each(['README.md', '.git/HEAD', 'assets/photo.png', 'cats/views/maps/data.csv', 'cats/empty/'])(
    'may not hold %s',
    async (path) => {
      await makeGallery('dist');
      if (path.endsWith('/')) await mkdir(at(`dist/${path}`));
      else await write(`dist/${path}`);
      const message = await answer(check(at('dist')));
      expect(message).toContain(`\`${path.replace('/HEAD', '/')}\``);
    },
  );

  it('is not taken for a gallery by its words, or by a manifest that cannot be read', async () => {
    await write('notes/index.html', '<h1>What I think of Filterscope</h1>');
    await write('notes/diary.txt');
    expect(await answer(check(at('notes')))).toMatchInlineSnapshot(`
      "The gallery cannot go to \`<folder>/notes\`.
        The gallery there has no readable manifest: an earlier version made it, or files are missing. Other files cannot be told apart from it.
        Delete the folder \`<folder>/notes\` if you need nothing in it, or name another folder with \`--out\`."
    `);
    await makeGallery('cut');
    await writeFile(at(`cut/${MANIFEST_NAME}`), '{"manifestVersion":1,"files":[');
    expect(await answer(check(at('cut')))).toContain('no readable manifest');
    await makeGallery('linked');
    await rename(at(`linked/${MANIFEST_NAME}`), at('elsewhere.json'));
    await symlink(at('elsewhere.json'), at(`linked/${MANIFEST_NAME}`));
    expect(await answer(check(at('linked')))).toContain('no readable manifest');
  });

  it('may be a link to a gallery, to an empty folder, and to nothing else', async () => {
    await makeGallery('disk/gallery');
    await symlink(at('disk/gallery'), at('to-gallery'));
    await symlink(at('disk/gone'), at('to-nothing'));
    await write('file');
    await symlink(at('file'), at('to-file'));
    await symlink(at('loop'), at('loop'));
    await symlink(at('in'), at('to-inputs'));
    expect(await answer(check(at('to-gallery')))).toBe('goes to <folder>/disk/gallery');
    expect(await answer(check(at('to-nothing')))).toMatchInlineSnapshot(`
      "The gallery cannot go to \`<folder>/to-nothing\`.
        It is a symbolic link to a path that does not exist.
        Name a separate folder with \`--out\`."
    `);
    expect(await answer(check(at('to-file')))).toMatchInlineSnapshot(`
      "The gallery cannot go to \`<folder>/to-file\`.
        It is a symbolic link to \`<folder>/file\`, which is a file, not a gallery.
        Name a separate folder with \`--out\`."
    `);
    expect(await answer(check(at('loop')))).toContain('It is a symbolic link to a path that does not exist.');
    expect(await answer(check(at('to-inputs')))).toContain('and it contains');
    // The link is above: what would be replaced is the real folder.
    await symlink(folder, at('around'));
    expect(await answer(check(at('around/in')))).toContain('and it contains');
  });

  it('may not be a file, in a file, or in a folder of the cache or the program', async () => {
    await write('file');
    expect(await answer(check(at('file')))).toMatchInlineSnapshot(`
      "The gallery cannot go to \`<folder>/file\`.
        It is a file, not a gallery.
        Name a separate folder with \`--out\`."
    `);
    expect(await answer(check(at('file/dist')))).toMatchInlineSnapshot(`
      "The gallery cannot go to \`<folder>/file/dist\`.
        \`<folder>/file\` is not a folder.
        Name a separate folder with \`--out\`."
    `);
    expect(await answer(check(at('in/cache/assets/dist')))).toMatchInlineSnapshot(`
      "The gallery cannot go to \`<folder>/in/cache/assets/dist\`.
        The folder is inside \`<folder>/in/cache/assets\`, which Filterscope uses.
        Name a separate folder with \`--out\`."
    `);
    expect(await answer(check(join(packageRoot, 'src/site/pages/dist')))).toContain('which Filterscope uses');
    expect(await answer(check(at('in/dist')))).toBe('goes to <folder>/in/dist');
  });

  it('may not be a mount point, or lie where nothing can be written', async () => {
    await mkdir(at('mounted'));
    const mounted = { ...thisMachine, isMountPoint: (path: string) => path === at('mounted') };
    expect(await answer(check(at('mounted'), mounted))).toMatchInlineSnapshot(`
      "The gallery cannot go to \`<folder>/mounted\`.
        The folder is a mount point: its contents cannot be replaced in one step.
        Name a folder inside it: \`--out <folder>/mounted/gallery\`."
    `);
    expect(await answer(check(at('mounted/gallery'), mounted))).toBe('goes to <folder>/mounted/gallery');
    const refusing = (code: string): Machine => ({
      ...thisMachine,
      checkWritable: (path) => Promise.reject(Object.assign(new Error(path), { code })),
    });
    expect(await answer(check(at('dist'), refusing('EACCES')))).toMatchInlineSnapshot(`
      "The gallery cannot go to \`<folder>/dist\`.
        \`<folder>\` is not writable, and the new gallery is written there, beside the old one.
        Name a folder in another place with \`--out\`."
    `);
    expect(await answer(check(at('a/b/dist'), refusing('EROFS')))).toContain(
      '`<folder>` is on a read-only disk',
    );
  });

  it.skipIf(process.getuid?.() === 0)('may not lie in a folder without write permission', async () => {
    await mkdir(at('closed'));
    await chmod(at('closed'), 0o555);
    expect(await answer(check(at('closed/dist')))).toContain('may not be written to');
  });

  it('knows the mount points of this machine', () => {
    expect(thisMachine.isMountPoint(folder)).toBe(false);
    if (process.platform === 'linux') expect(thisMachine.isMountPoint('/proc')).toBe(true);
  });

  it('may not lie among the images of an experiment, or hold them', () => {
    const among = (out: string, folders: string[], images: string[] = []): string => {
      try {
        checkNoImagesIn(at(out), at(out), 'cats', { folders: folders.map(at), images: images.map(at) });
        return 'fine';
      } catch (error) {
        return nameless((error as Error).message, folder, '<folder>');
      }
    };
    expect(among('photos/dist', ['photos'])).toMatchInlineSnapshot(`
      "The gallery cannot go to \`<folder>/photos/dist\`.
        Experiment \`cats\` reads images from \`<folder>/photos\`: the next build would read those of the gallery, too.
        Name a folder in another place with \`--out\`."
    `);
    expect(among('photos/.dist', ['photos'])).toBe('fine');
    expect(among('dist', ['photos'])).toBe('fine');
    expect(among('dist', [], ['dist/assets/1.png'])).toContain('<folder>/dist/assets/1.png');
  });
});

describe('a gallery that takes the place of another', () => {
  const next = async (text: string): Promise<string> => {
    const path = nextFolder(at('dist'));
    await makeGallery(path.slice(folder.length + 1), text);
    return path;
  };

  it('leaves nothing of it', async () => {
    await swap(await next('first'), at('dist'), at('dist'));
    await write('dist/index.html', 'edited');
    await swap(await next('second'), at('dist'), at('dist'));
    expect(await readFile(at('dist/index.html'), 'utf8')).toBe('second');
    expect(
      (await listFolder(folder)).map(({ path }) => path).filter((path) => !path.startsWith('dist/')),
    ).toEqual([]);
  });

  it('does not where something was put into the folder meanwhile', async () => {
    await makeGallery('dist', 'first');
    const path = await next('second');
    await write('dist/cats/notes.txt');
    await expect(swap(path, at('dist'), at('dist'))).rejects.toThrow('cats/notes.txt');
    expect(await readFile(at('dist/index.html'), 'utf8')).toBe('first');
    expect(await readFile(at('dist/cats/notes.txt'), 'utf8')).toBe('dist/cats/notes.txt');
  });

  it('is put back after a crash between the two renames', async () => {
    await makeGallery('dist');
    const before = await paths('dist');
    // Of a process that ended long ago: one with this number and another start.
    const aside = nextFolder(at('dist')).replace(/\.(\d+)-[0-9a-f]+-/, '.$1-1-');
    await rename(at('dist'), aside.replace(/new$/, 'old'));
    await cp(at('in'), aside, { recursive: true });
    await recover(at('dist'), () => {});
    expect(await paths('dist')).toEqual(before);
    await expect(stat(aside)).rejects.toThrow('ENOENT');
  });

  it('takes nothing with it that came into the folder set aside', async () => {
    await makeGallery('dist');
    const aside = nextFolder(at('dist')).replace(/new$/, 'old');
    const name = aside.slice(folder.length + 1);
    await makeGallery(name);
    await write(`${name}/letter.txt`);
    const warnings: string[] = [];
    await recover(at('dist'), (line) => warnings.push(line));
    expect(await paths(name)).toEqual(['letter.txt']);
    expect(warnings.join()).toContain('letter.txt');
  });

  it('is left by processes that run where they put it together', async () => {
    const path = await next('being made');
    await recover(at('dist'), () => {});
    expect(await readFile(join(path, 'index.html'), 'utf8')).toBe('being made');
  });
});

describe('removing a gallery', () => {
  it('removes what its manifest names', async () => {
    await makeGallery('dist');
    expect(await removeOut(at('dist'), lockOptions)).toEqual([]);
    expect(await listFolder(folder)).toEqual([]);
    expect(await removeOut(at('dist'), lockOptions)).toEqual([]);
  });

  it('leaves what is not its own, whatever a manifest says of places outside', async () => {
    await makeGallery('dist');
    await write('precious.txt');
    await write('photos/cat.png');
    await write('dist/cats/notes.txt');
    await symlink(at('photos'), at('dist/photos'));
    const text = await readFile(at(`dist/${MANIFEST_NAME}`), 'utf8');
    const entry = { size: 1, sha256: '0'.repeat(64) };
    const more = ['../precious.txt', at('precious.txt'), 'photos/cat.png', 'photos'];
    const manifest = JSON.parse(text) as { files: unknown[] };
    manifest.files.push(...more.map((path) => ({ path, ...entry })));
    await writeFile(at(`dist/${MANIFEST_NAME}`), JSON.stringify(manifest));
    expect(await removeOut(at('dist'), lockOptions)).toEqual(['cats/notes.txt', 'photos']);
    expect((await paths('')).sort()).toEqual([
      'dist/cats/notes.txt',
      'dist/photos',
      'photos/cat.png',
      'precious.txt',
    ]);
  });

  it('leaves a folder without a manifest, a file, and the folder that a link leads to', async () => {
    await write('old/index.html', 'Filterscope');
    expect(await removeOut(at('old'), lockOptions)).toEqual(['index.html']);
    await write('file');
    expect(await removeOut(at('file'), lockOptions)).toEqual(['file']);
    await makeGallery('disk/gallery');
    await symlink(at('disk/gallery'), at('link'));
    expect(await removeOut(at('link'), lockOptions)).toEqual([]);
    expect(await paths('disk')).toEqual([]);
    expect(await answer(check(at('link')))).toBe('goes to <folder>/disk/gallery');
  });
});
