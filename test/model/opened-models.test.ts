import { utimesSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ModelFile } from '../../src/model/formats/format.ts';
import { OpenedModels } from '../../src/model/reading/opened-models.ts';
import { put, temporaryFolder } from './opening.ts';

const folder = temporaryFolder();
const path = put(folder, 'model.json', '{}');
const weights = put(folder, 'weights.bin', 'w');
const file = { path, options: { place: { file: 'model.json' }, preprocess: 'unit' } } as const;

function models(): { readonly opened: OpenedModels; readonly made: ModelFile[] } {
  const made: ModelFile[] = [];
  const opened = new OpenedModels(() => {
    made.push({ weightFiles: [weights] } as unknown as ModelFile);
    return Promise.resolve(made.at(-1)!);
  });
  return { opened, made };
}

it('gives the model that was opened last, once', async () => {
  const { opened, made } = models();
  const model = await opened.open(file);
  expect(await opened.take({ ...file, options: { ...file.options } })).toBe(model);
  expect(await opened.take(file)).not.toBe(model);
  expect(made).toHaveLength(2);
});

it('opens it again with other options, after another one, and where a file of it has changed', async () => {
  const { opened, made } = models();
  const sized = { path, options: { ...file.options, input: [8, 8] as const } };
  const first = await opened.open(file);
  expect(await opened.take(sized)).not.toBe(first);
  const second = await opened.open(file);
  await opened.open(sized);
  expect(await opened.take(file)).not.toBe(second);
  for (const changed of [path, weights]) {
    const before = await opened.open(file);
    utimesSync(changed, 1, 1);
    expect(await opened.take(file)).not.toBe(before);
  }
  expect(made).toHaveLength(9);
});
