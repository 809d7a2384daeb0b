import { describe, expect, it } from 'vitest';
import { IMAGENET } from '../../src/model/imagenet-classes.ts';
import type { ModelSpec } from '../../src/schema/experiment.ts';
import { messageOf, open, put, temporaryFolder, zooSpec } from './opening.ts';

const folder = temporaryFolder();
const lenet = (classes: NonNullable<ModelSpec['classes']>, more: Partial<ModelSpec> = {}) =>
  open(zooSpec('lenet', { weights: 'random', classes, ...more }));
const names = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const file = (name: string, text: string) => ({ file: put(folder, name, text) });

describe('class names', () => {
  it('come from a list, a text file, or ImageNet', async () => {
    expect((await lenet(names)).classes).toEqual(names);
    expect((await lenet(file('a.txt', `\uFEFF${names.join('\r\n')}\r\n\n`))).classes).toEqual(names);
    const resnet = await open(zooSpec('resnet18', { weights: 'random', classes: 'imagenet' }));
    expect(resnet.classes).toBe(IMAGENET);
    expect((await open(zooSpec('resnet18', { weights: 'random' }))).classes).toBeUndefined();
  });

  it('are as many as units of the last layer', async () => {
    expect(await messageOf(lenet('imagenet'), folder)).toMatchInlineSnapshot(`
      "x.yaml(classes): \`classes\` has 1,000 names, and the last layer \`predictions\` has 10 units.
        Each unit of the last layer is a class.
        Give as many names as there are units, in their order, or leave \`classes\` out."
    `);
    expect(await messageOf(lenet(['a'], { includeTop: false }), folder)).toMatch(
      'has 1 names, and the last layer `pool2` has 16 filters',
    );
  });

  it('are refused in a file with empty lines, and where there is no file', async () => {
    expect(await messageOf(lenet(file('b.txt', 'a\n\nb\n')), folder)).toMatch(
      'b.txt:2: Line 2 of the class names is empty',
    );
    expect(await messageOf(lenet(file('c.txt', '')), folder)).toMatch('The file of class names is empty');
    expect(await messageOf(lenet({ file: `${folder}/d.txt` }), folder)).toMatch('d.txt` does not exist');
    expect(await messageOf(lenet(file('e.txt', 'a'.repeat(2 ** 20 + 1))), folder)).toMatch(
      'The limit is 1.0 MB',
    );
  });
});
