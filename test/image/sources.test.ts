import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/errors.ts';
import { imageIds } from '../../src/image/image-ids.ts';
import { byNaturalOrder } from '../../src/natural-order.ts';
import { Candidates, type ImageFile } from '../../src/image/candidates.ts';
import { listImages } from '../../src/image/sources.ts';
import type { ImagesSpec } from '../../src/schema/experiment.ts';
import { nameless } from '../nameless.ts';

let root: string;

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), '');
  }
}

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'sources (1) [x] ')));
  await put(
    'two/b/img2.png',
    'two/b/img10.PNG',
    'two/b/img1.jpeg',
    'two/a/deep/er/x.webp',
    'two/a/y.gif',
    'two/z.tif',
  );
  await put('two/a/.hidden.png', 'two/.git/q.png', 'two/a/notes.txt', 'two/Thumbs.db', 'two/b/img3.svg');
  await put('none/readme.md', 'none/data.csv', 'lists/one/p.png', 'lists/two/p.png');
  await mkdir(join(root, 'empty'));
  await symlink(join(root, 'two'), join(root, 'two', 'a', 'loop'));
  await mkdir(join(root, 'linked'));
  await symlink(join(root, 'two', 'b'), join(root, 'linked', 'c'));
  await symlink(join(root, 'two', 'a', 'y.gif'), join(root, 'linked', 'only.gif'));
  await symlink(join(root, 'nowhere.png'), join(root, 'linked', 'broken.png'));
});

const spec = (...sources: ImagesSpec['sources']): ImagesSpec => ({ sources, fit: 'stretch' });
const folder = (name: string) => ({ kind: 'folder', path: join(root, name) }) as const;
const glob = (pattern: string, base = '') =>
  ({ kind: 'glob', pattern: join(root, pattern), base: join(root, base) }) as const;
const names = (found: readonly ImageFile[]) => found.map(({ file }) => file);
const classes = (found: readonly ImageFile[]) => found.map((image) => image.class);
const chosenOf = async (images: ImagesSpec) => {
  const { candidates, ...listing } = await listImages(images);
  return { ...listing, candidates, found: candidates.pick(images.limit) };
};
const messages = async (images: ImagesSpec) =>
  (
    await listImages(images, { place: (key) => ({ file: 'x.yaml', line: 4, column: key.length }) })
  ).problems.map((problem) => nameless(formatProblem(problem), root, '<root>'));

describe('a folder', () => {
  it('gives its images in natural order, sub-folders as classes, and nothing hidden or foreign', async () => {
    const { found, problems } = await chosenOf(spec(folder('two')));
    expect(problems).toEqual([]);
    expect(names(found)).toEqual([
      'a/deep/er/x.webp',
      'a/y.gif',
      'b/img1.jpeg',
      'b/img2.png',
      'b/img10.PNG',
      'z.tif',
    ]);
    expect(classes(found)).toEqual(['a', 'a', 'b', 'b', 'b', undefined]);
    expect(found[3]!.path).toBe(join(root, 'two', 'b', 'img2.png'));
  });

  it('follows links, but not into a circle', async () => {
    const { found } = await chosenOf(spec(folder('linked')));
    expect(names(found)).toEqual(['c/img1.jpeg', 'c/img2.png', 'c/img10.PNG', 'only.gif']);
  });
});

describe('entries that are no readable files', () => {
  const expected = [
    { file: '\\xff\\xfe.png', reason: 'The file name is not UTF-8. Rename the file.' },
    { file: 'device.png', reason: 'The path is a device, not a file.' },
    { file: 'nowhere.png', reason: 'The link leads to a path that does not exist.' },
    { file: 'pipe.png', reason: 'The path is a named pipe, not a file.' },
    { file: 'round.png', reason: 'The link leads back to itself.' },
  ];
  let made: string;
  beforeAll(async () => {
    await put('odd/class/a.png', 'odd/b.png', 'odd/d.png/inside.txt');
    made = join(root, 'odd');
    await writeFile(
      Buffer.concat([Buffer.from(`${made}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.png')]),
      '',
    );
    await mkdir(Buffer.concat([Buffer.from(`${made}/`), Buffer.from([0xe9])]));
    await symlink('gone.png', join(made, 'nowhere.png'));
    await symlink('round.png', join(made, 'round.png'));
    await symlink('/dev/zero', join(made, 'device.png'));
    execFileSync('mkfifo', [join(made, 'pipe.png'), join(made, 'pipe.txt')]);
  });

  it('are skipped by name in a folder, and the others stay', async () => {
    const { found, skipped, problems } = await chosenOf(spec(folder('odd')));
    expect(problems).toEqual([]);
    expect(names(found)).toEqual(['b.png', 'class/a.png']);
    expect(skipped).toEqual(
      [
        expected[0],
        { file: '\\xe9', reason: 'The file name is not UTF-8. Rename the file.' },
        { file: 'd.png', reason: 'The path is a folder.' },
        ...expected.slice(1),
      ].sort((a, b) => byNaturalOrder(a!.file, b!.file)),
    );
  });

  it('are skipped by name where a glob fits them', async () => {
    const { found, skipped, problems } = await chosenOf(spec(glob('odd/*.png', 'odd')));
    expect(problems).toEqual([]);
    expect(names(found)).toEqual(['b.png']);
    expect(skipped).toEqual(expect.arrayContaining(expected));
  });

  it('are errors where a file of a list is one', async () => {
    const list = { kind: 'files', paths: [join(made, 'pipe.png')] } as const;
    expect(await messages(spec(list))).toEqual([expect.stringContaining('is a pipe, a socket or a device.')]);
  });

  it('are the reason where nothing else is there', async () => {
    await mkdir(join(root, 'only'));
    await symlink('gone.png', join(root, 'only', 'a.png'));
    expect((await messages(spec(folder('only'))))[0]).toContain(
      'One entry was skipped, such as `a.png`: The link leads to a path that does not exist.',
    );
  });
});

describe('too many images', () => {
  const tiles = { rows: 1000, columns: 1000 };

  it('are refused before they are listed', async () => {
    const { problems, found } = await chosenOf({ ...spec(folder('two/b')), tiles });
    expect(found).toEqual([]);
    expect(problems[0]!.what).toBe('`tiles: 1000x1000` makes 3,000,000 images of 3 files.');
    expect(problems[0]!.why).toBe('At most 100,000 are allowed.');
  });

  it('may be chosen from up to a million', async () => {
    const one = { ...spec(glob('two/b/img2.png')), limit: 3 };
    expect((await chosenOf({ ...one, tiles })).found).toHaveLength(3);
    expect((await chosenOf({ ...one, tiles: { rows: 1001, columns: 1000 } })).problems[0]!.why).toBe(
      'At most 1,000,000 are allowed to choose from.',
    );
  });
});

describe('drawings', () => {
  const drawn = {
    kind: 'generated',
    what: 'patterns',
    classes: ['owl', 'cat'],
    size: [9, 8],
    seed: 3,
  } as const;

  it('are spread evenly over their classes and called as if they lay in folders', async () => {
    const { found, problems } = await chosenOf(spec({ ...drawn, count: 5 }, folder('two/b')));
    expect(problems).toEqual([]);
    expect(names(found).slice(0, 6)).toEqual([
      ...['owl/1.png', 'owl/2.png', 'owl/3.png', 'cat/1.png', 'cat/2.png'],
      'img1.jpeg',
    ]);
    expect(classes(found).slice(2, 6)).toEqual(['owl', 'cat', 'cat', undefined]);
    expect(found[4]).toEqual({
      file: 'cat/2.png',
      class: 'cat',
      drawing: { kind: 'patterns', class: 'cat', index: 1, seed: 3, size: [9, 8] },
    });
  });

  it('are the same however many there are', async () => {
    const few = await chosenOf(spec({ ...drawn, count: 2 }));
    const many = await chosenOf(spec({ ...drawn, count: 200 }));
    expect(many.found).toHaveLength(200);
    expect(many.found).toEqual(expect.arrayContaining([...few.found]));
  });

  it('may be limited and cut like others', async () => {
    const listing = await chosenOf({
      ...spec({ ...drawn, count: 20 }),
      tiles: { rows: 1, columns: 2 },
      limit: 3,
    });
    expect(names(listing.found)).toEqual(['owl/1.png (1,1)', 'owl/1.png (1,2)', 'cat/1.png (1,1)']);
  });

  it('of what has no classes are one', async () => {
    const cat = { kind: 'generated', what: 'cat', classes: [], count: 1, size: [32, 40], seed: 0 } as const;
    expect((await chosenOf(spec(cat))).found).toEqual([
      { file: 'cat.png', drawing: { kind: 'cat', index: 0, seed: 0, size: [32, 40] } },
    ]);
  });
});

describe('a glob', () => {
  it('names images from its first wildcard on', async () => {
    const { found, problems } = await chosenOf(spec(glob('two/*/*.{png,jpeg,svg}')));
    expect(problems).toEqual([]);
    expect(names(found)).toEqual(['b/img1.jpeg', 'b/img2.png']);
    expect(classes(found)).toEqual(['b', 'b']);
  });

  it('may lead out of the folder it is written in, and takes brackets above it literally', async () => {
    const { found } = await chosenOf(spec(glob('two/b/*.png', 'empty')));
    expect(names(found)).toEqual(['img2.png']);
    expect(found[0]!.path).toBe(join(root, 'two', 'b', 'img2.png'));
  });

  it('may have no wildcard at all', async () => {
    expect(names((await chosenOf(spec(glob('two/a/y.gif')))).found)).toEqual(['y.gif']);
  });
});

describe('a list of files', () => {
  const list = (...paths: string[]) =>
    ({ kind: 'files', paths: paths.map((path) => join(root, path)) }) as const;

  it('keeps its order, and names files from the folder they share', async () => {
    const { found } = await chosenOf(spec(list('lists/two/p.png', 'lists/one/p.png')));
    expect(names(found)).toEqual(['two/p.png', 'one/p.png']);
    expect(names((await chosenOf(spec(list('two/b/img2.png')))).found)).toEqual(['img2.png']);
  });

  it('has the class it is given', async () => {
    const { found } = await chosenOf(spec({ ...list('two/z.tif'), class: 'last' }));
    expect(classes(found)).toEqual(['last']);
  });
});

describe('problems', () => {
  it('a folder that is missing, a file, empty, or without images', async () => {
    expect(await messages(spec(folder('nope'), folder('two/z.tif'), folder('empty'), folder('none'))))
      .toMatchInlineSnapshot(`
        [
          "x.yaml:4:6: The image folder \`<root>/nope\` does not exist.
          Write the path relative to the experiment file, or absolute.",
          "x.yaml:4:6: The image folder \`<root>/two/z.tif\` is a file.
          Name its folder, or list the file under \`files\`.",
          "x.yaml:4:6: The image folder \`<root>/empty\` contains no images.
          Supported image files: .png, .jpg, .jpeg, .webp, .gif, .tif, .tiff, .avif.",
          "x.yaml:4:6: The image folder \`<root>/none\` contains no images.
          It has 2 files of other kinds, such as \`data.csv\`.
          Supported image files: .png, .jpg, .jpeg, .webp, .gif, .tif, .tiff, .avif.",
        ]
      `);
  });

  it('files that are missing or folders; a glob that nothing fits', async () => {
    const list = { kind: 'files', paths: [join(root, 'two/nope.png'), join(root, 'two')] } as const;
    expect(await messages(spec(list, glob('two/*.jpg'), glob('none/*.*')))).toMatchInlineSnapshot(`
      [
        "x.yaml:4:5: The image file \`<root>/two/nope.png\` does not exist.
        Write the path relative to the experiment file, or absolute.",
        "x.yaml:4:5: The image file \`<root>/two\` is a folder.
        Name it under \`folder\`.",
        "x.yaml:4:4: No image matches the pattern \`<root>/two/*.jpg\`.
        Supported image files: .png, .jpg, .jpeg, .webp, .gif, .tif, .tiff, .avif.",
        "x.yaml:4:4: No image matches the pattern \`<root>/none/*.*\`.
        It has 2 files of other kinds, such as \`data.csv\`.
        Supported image files: .png, .jpg, .jpeg, .webp, .gif, .tif, .tiff, .avif.",
      ]
    `);
  });
});

describe('limit', () => {
  const make = (...sizes: [name: string | undefined, count: number][]) =>
    sizes.flatMap(([name, count]) =>
      Array.from({ length: count }, (_, index): ImageFile => ({
        path: `/${name}/${index}`,
        file: `${name}/${index}`,
        ...(name === undefined ? {} : { class: name }),
      })),
    );
  const pickEvenly = (found: readonly ImageFile[], limit: number) => new Candidates(found).pick(limit);
  const shares = (found: readonly ImageFile[]) =>
    [...new Set(classes(found))].map((name) => classes(found).filter((other) => other === name).length);

  it('takes the first of each class, as evenly as can be', () => {
    expect(shares(pickEvenly(make(['a', 31], ['b', 31]), 49))).toEqual([25, 24]);
    expect(shares(pickEvenly(make(['a', 10], ['b', 10], ['c', 10]), 2))).toEqual([1, 1]);
    expect(names(pickEvenly(make(['a', 3], ['b', 3]), 4))).toEqual(['a/0', 'a/1', 'b/0', 'b/1']);
  });

  it('gives the share of a small class to the others', () => {
    expect(shares(pickEvenly(make(['a', 2], ['b', 50], ['c', 50]), 20))).toEqual([2, 9, 9]);
    expect(shares(pickEvenly(make(['a', 1], [undefined, 3]), 4))).toEqual([1, 3]);
    expect(shares(pickEvenly(make(['a', 1], ['b', 1], ['c', 9]), 10))).toEqual([1, 1, 8]);
  });

  it.each([0, 1, 7, 29, 30, 31])('never gives more than %d', (limit) => {
    expect(pickEvenly(make(['a', 10], ['b', 20]), limit)).toHaveLength(Math.min(limit, 30));
  });

  it('counts tiles, and keeps what it left out at hand', async () => {
    const listing = await chosenOf({ ...spec(folder('two/b')), tiles: { rows: 1, columns: 2 }, limit: 3 });
    expect(names(listing.found)).toEqual(['img1.jpeg (1,1)', 'img1.jpeg (1,2)', 'img2.png (1,1)']);
    expect(listing.found[1]!.tile).toEqual({ row: 0, column: 1, rows: 1, columns: 2 });
    expect(listing.candidates.pick()).toHaveLength(6);
    const [first] = listing.found;
    expect(listing.candidates.pick(1)[0]).toBe(first);
    expect(names(listing.candidates.pick(3, new Set([first!.whole!])))).toEqual([
      ...['img2.png (1,1)', 'img2.png (1,2)', 'img10.PNG (1,1)'],
    ]);
  });
});

describe('natural order', () => {
  it('counts numbers as numbers and tells everything apart', () => {
    const sorted = ['a1', 'a2', 'a10', 'A10', 'b', 'é', 'z'];
    expect([...sorted].reverse().sort(byNaturalOrder)).toEqual(sorted);
    expect(byNaturalOrder('a1', 'a01')).not.toBe(0);
  });
});

describe('imageIds', () => {
  const ids = (...files: string[]) => imageIds(files.map((file) => ({ file })));

  it('makes readable ids', () => {
    expect(ids('a/01-Chelsea.jpg', 'cat.png', 'Über  Straße_2.tiff', 'x (2,3)', 'y.png (2,3)')).toEqual([
      'a-01-chelsea',
      'cat',
      expect.stringMatching(/^uber-stra-e-2-[0-9a-f]{8}$/),
      'x-2-3',
      'y-2-3',
    ]);
  });

  it('keeps names apart that look alike', () => {
    expect(ids('a/x.png', 'a/x.jpg', 'a-x.jpg', 'a x.jpg', 'A/X.JPG')).toEqual([
      'a-x',
      'a-x-jpg',
      'a-x-2',
      'a-x-3',
      'a-x-4',
    ]);
    const chinese = ids('猫.png', '犬.png', '猫1.png');
    expect(new Set(chinese).size).toBe(3);
    for (const id of chinese) expect(id).toMatch(/^(image|1)-[0-9a-f]{8}$/);
  });

  it('lets through no markup, no path, nothing long, whatever the name', () => {
    const files = [
      '<script>.png',
      '../../etc/passwd',
      `${'long'.repeat(99)}.png`,
      '"&\'',
      '...',
      '\u202e.png',
      '%2e%2e/x.png',
    ];
    const made = ids(...files);
    for (const id of made) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const id of made) expect(id.length).toBeLessThanOrEqual(60);
    expect(new Set(made).size).toBe(files.length);
  });

  it('keeps an id when other images come and go', () => {
    expect(ids('a.png', 'm.png', 'z.png')[2]).toBe(ids('z.png')[0]);
    expect(ids('猫.png')[0]).toBe(ids('犬.png', '猫.png')[1]);
  });
});
