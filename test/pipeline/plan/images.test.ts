import { symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { prepareImages } from '../../../src/pipeline/plan/images.ts';
import type { ImagesSpec } from '../../../src/schema/experiment.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { makeWorkspace, image, type Workspace } from '../../publish/workspace.ts';

let workspace: Workspace;
beforeEach(async () => {
  workspace = await makeWorkspace();
});

async function prepare(more: Partial<ImagesSpec> = {}, change: Partial<Store> = {}) {
  const { folder, options, effects } = workspace;
  return prepareImages(
    { sources: [{ kind: 'folder', path: join(folder, 'photos') }], fit: 'stretch', ...more },
    [8, 8, 3],
    {
      store: { ...openStore(options.cache), ...change },
      files: effects.files,
      place: (...path) => ({ file: `x.yaml ${path.join('.')}` }),
      warn: effects.log.warn,
      concurrency: 2,
    },
  );
}

describe('prepareImages', () => {
  it('skips what cannot be read, with a warning that names it', async () => {
    await workspace.write({ 'photos/cats/broken.png': 'no picture' });
    await symlink('gone.png', join(workspace.folder, 'photos', 'dogs', 'link.png'));
    const { images, skipped } = await prepare();
    expect(images.map(({ file }) => file)).toEqual(['cats/one.png', 'cats/two.png', 'dogs/three.png']);
    expect(skipped.map(({ file }) => file)).toEqual(['dogs/link.png', 'cats/broken.png']);
    expect(workspace.warnings).toEqual([
      'Skipped `dogs/link.png`: The link leads to a path that does not exist.',
      expect.stringMatching(/^Skipped `.*photos\/cats\/broken\.png`: Unsupported image format: text\. /),
    ]);
  });

  it('calls images by their files, or as it is told', async () => {
    const names = async (given: Record<string, string> = {}) =>
      (await prepare({ names: new Map(Object.entries(given)) })).images.map(({ name }) => name);
    expect(await names()).toEqual(['one', 'two', 'three']);
    expect(await names({ 'cats/one.png': 'Tom', './three.png': 'Rex' })).toEqual(['Tom', 'two', 'Rex']);
    await expect(names({ 'four.png': 'Max' })).rejects.toThrow(
      /^x\.yaml names\.four\.png: `names` has a name for `four\.png`, and there is no such image\./,
    );
    await workspace.write({ 'photos/dogs/one.png': await image(4) });
    await expect(names({ 'one.png': 'Tom' })).rejects.toThrow(
      /`names` has one name for 2 images: `one\.png`\.\n {2}.*\n {2}Valid: cats\/one\.png, dogs\/one\.png/,
    );
  });

  it('leaves no image out because something else than the image fails', async () => {
    const failure = Object.assign(new Error('EISDIR: illegal operation'), { code: 'EISDIR' });
    const failing: Partial<Store> = { putAsset: () => Promise.reject(failure) };
    const drawn = {
      sources: [
        { kind: 'generated', what: 'patterns', classes: ['checks'], count: 3, size: [8, 8], seed: 1 },
      ],
      limit: 2,
    } as unknown as Partial<ImagesSpec>;
    // A photograph fails where it is kept, a drawn image also where its file is.
    const { assets } = await prepare({}, failing);
    await expect(assets()).rejects.toBe(failure);
    await expect(prepare(drawn, failing)).rejects.toBe(failure);
    expect((await prepare(drawn)).images).toHaveLength(2);
  });

  it('names the first ten skipped files and counts the others', async () => {
    const broken = Array.from({ length: 25 }, (_, index) => [`photos/${index}.png`, 'no picture'] as const);
    await workspace.write(Object.fromEntries(broken));
    const { skipped } = await prepare();
    expect(skipped).toHaveLength(25);
    expect(workspace.warnings).toHaveLength(11);
    expect(workspace.warnings[10]).toBe('15 more files were skipped. The report lists all.');
  });

  it('warns once of an image that cannot be cut, however many tiles it was to give', async () => {
    await workspace.write({ 'photos/large.png': await image(4, 500, 500) });
    const { images, skipped } = await prepare({ tiles: { rows: 100, columns: 100 }, limit: 5 });
    expect(images).toHaveLength(5);
    expect(images[0]!.file).toBe('large.png (1,1)');
    expect(skipped.map(({ file }) => file)).toEqual(['cats/one.png', 'dogs/three.png', 'cats/two.png']);
    expect(workspace.warnings).toHaveLength(3);
    expect(skipped[0]!.reason).toBe('24 x 20 pixels cannot be cut into 100 x 100 tiles.');
  });

  it('finds the readable ones among many that are not, whatever the limit', async () => {
    const broken = Array.from(
      { length: 300 },
      (_, index) => [`photos/cats/a${index}.png`, 'no picture'] as const,
    );
    await workspace.write(Object.fromEntries(broken));
    const { images } = await prepare({ limit: 2 });
    expect(images.map(({ file }) => file)).toEqual(['cats/one.png', 'dogs/three.png']);
  });

  it('refuses the pixels of a file that is another one by now', async () => {
    const { pixels } = await prepare();
    expect((await pixels(0)).data).toHaveLength(8 * 8 * 3);
    const path = join(workspace.folder, 'photos', 'cats', 'one.png');
    await writeFile(path, await image(9));
    await expect(pixels(0)).rejects.toThrow(
      /one\.png` can no longer be read: The file changed while it was in use\. Run/,
    );
    await unlink(path);
    await expect(pixels(0)).rejects.toThrow('The file does not exist.');
  });

  it('encodes images when their pixels are asked for or a report shows them, each once', async () => {
    const store = openStore(workspace.options.cache);
    const encoded: string[] = [];
    const putAsset: Store['putAsset'] = async (...asset) => {
      encoded.push(await store.putAsset(...asset));
      return encoded.at(-1)!;
    };
    const { pixels, assets } = await prepare({}, { putAsset });
    expect(encoded).toEqual([]);
    await pixels(1);
    await pixels(1);
    expect(encoded).toHaveLength(1);
    const all = await assets();
    expect(all[1]).toBe(encoded[0]);
    expect([...all].sort()).toEqual([...encoded].sort());
    // Another plan of the same images, whose table may be another, finds them.
    const other = await prepare({ limit: 3 }, { putAsset });
    expect(await other.assets()).toEqual(all);
    expect(encoded).toHaveLength(3);
  });

  describe('a second time', () => {
    /** Kinds of records that are read, and whether anything is decoded. */
    async function again(): Promise<{ kinds: Set<string>; decoded: number; contents: readonly string[] }> {
      const store = openStore(workspace.options.cache);
      const kinds = new Set<string>();
      let decoded = 0;
      const { images, assets } = await prepare(
        {},
        {
          readRecord(kind, key) {
            kinds.add(kind);
            return store.readRecord(kind, key);
          },
          putAsset(...asset) {
            decoded += 1;
            return store.putAsset(...asset);
          },
        },
      );
      await assets();
      return { kinds, decoded, contents: images.map(({ content }) => content) };
    }

    beforeEach(async () => {
      // A file that was just written may still change within the same tick of a coarse clock.
      const later = Date.now() + 60_000;
      vi.spyOn(Date, 'now').mockReturnValue(later);
      await workspace.write({ 'photos/cats/broken.png': 'no picture' });
      const { assets } = await prepare();
      await assets();
    });
    afterEach(() => vi.restoreAllMocks());

    it('takes one record, whatever the number of images', async () => {
      const { kinds, decoded, contents } = await again();
      expect([...kinds]).toEqual(['images']);
      expect(decoded).toBe(0);
      expect(contents).toHaveLength(3);
      expect(workspace.warnings).toHaveLength(2);
    });

    it('reads a file that was changed, and the others not', async () => {
      const before = await again();
      await workspace.write({ 'photos/cats/one.png': await image(7) });
      const { decoded, contents } = await again();
      expect(decoded).toBe(1);
      expect(contents[0]).not.toBe(before.contents[0]);
      expect(contents.slice(1)).toEqual(before.contents.slice(1));
    });

    it('makes a picture again that the store has lost', async () => {
      const { assets } = await prepare();
      const [first] = await assets();
      await unlink(openStore(workspace.options.cache).assetPath(first!));
      expect((await again()).decoded).toBe(1);
      expect((await again()).decoded).toBe(0);
    });
  });
});
