import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import type { Target } from '../target.ts';
import { endingOf, originOf } from '../target.ts';
import { readModel } from './models.ts';

const folder = join(packageRoot, 'test/fixtures/keras');

/** Keras' .h5 models, and .weights.h5 files for the model of the same name. */
export const h5: Target = {
  name: 'h5',
  async corpus() {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.h5')).sort();
    return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
  },
  mutate: ({ bytes }, random, other) => mutateBytes(bytes, random, other.bytes),
  async read({ name, bytes }, own) {
    const path = join(own, `input${endingOf(name)}`);
    await writeFile(path, bytes);
    if (endingOf(name) !== '.weights.h5') return readModel(path);
    return readModel(join(folder, `${originOf(name)}.h5`), { weights: path });
  },
};
