import { describe, expect, it } from 'vitest';
import { imageNames } from '../../src/image/image-names.ts';

const names = (...files: string[]) => imageNames(files.map((file) => ({ file })));
const ofClasses = (...files: string[]) =>
  imageNames(files.map((file) => ({ file, class: file.split('/')[0]! })));

describe('imageNames', () => {
  it('are the names of the files', () => {
    expect(names('cat.png', 'photos/IMG_2031.jpeg', 'a.b.webp')).toEqual(['cat', 'IMG_2031', 'a.b']);
  });

  it('are those of the class where the file has only a number, with the number where there are several', () => {
    expect(ofClasses('face/1.png', 'wheel/1.png', 'wheel/2.png')).toEqual(['face', 'wheel 1', 'wheel 2']);
    expect(names('1.png', '2.png')).toEqual(['1', '2']);
  });

  it('tell files of the same name apart by their folder', () => {
    expect(names('boats/data/image.jpg', 'acanthus/data/image.jpg')).toEqual(['boats', 'acanthus']);
    expect(ofClasses('cats/tom.png', 'dogs/tom.png', 'cats/max.png')).toEqual(['cats tom', 'dogs', 'max']);
  });

  it('tell files apart by their class where they have no folder', () => {
    expect(
      imageNames([
        { file: 'image.jpg', class: 'plants' },
        { file: 'image.jpg', class: 'harbour' },
      ]),
    ).toEqual(['plants', 'harbour']);
  });

  it('are never the same', () => {
    expect(new Set(names('a.png', 'a.jpg', 'a/a.png', 'a 2.png', 'a/a/a.png')).size).toBe(5);
  });

  it('are those that are given', () => {
    const given = new Map([
      ['boats/data/image.jpg', 'Boats in Nagasaki'],
      ['b.png', 'c'],
    ]);
    const files = ['boats/data/image.jpg', 'cat/data/image.jpg', 'b.png', 'c.png'].map((file) => ({ file }));
    expect(imageNames(files, given)).toEqual(['Boats in Nagasaki', 'image', 'c', 'c 2']);
  });

  it('say which tile it is', () => {
    const whole = { file: 'x/image.jpg' };
    const tile = (row: number, column: number) => ({ row, column, rows: 2, columns: 2 });
    const images = [
      { file: 'x/image.jpg (1,1)', whole, class: 'harbour', tile: tile(0, 0) },
      { file: 'x/image.jpg (2,1)', whole, class: 'harbour', tile: tile(1, 0) },
    ];
    expect(imageNames(images)).toEqual(['image (1,1)', 'image (2,1)']);
  });

  it('takes a second for many files', () => {
    const files = Array.from({ length: 100_000 }, (_, index) => ({ file: `folder/${index}.png` }));
    const before = performance.now();
    expect(imageNames(files).at(-1)).toBe('folder 99999');
    expect(performance.now() - before).toBeLessThan(5000);
  });
});
