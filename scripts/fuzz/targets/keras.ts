import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { packageRoot } from '../../../src/package-root.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateJson } from '../mutate-json.ts';
import type { Target } from '../target.ts';
import { readModel } from './models.ts';

const folder = join(packageRoot, 'test/fixtures/keras');
const EARLIEST = new Date(1980, 0, 1);

/** Keras' .keras archives: the archive itself, or one of the files in it while the archive is sound. */
export const keras: Target = {
  name: 'keras',
  async corpus() {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.keras')).sort();
    return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
  },
  mutate({ bytes }, random, other) {
    const kind = random.below(4);
    if (kind === 0) return mutateBytes(bytes, random, other.bytes);
    const parts = unzipSync(bytes);
    const name =
      kind === 1 ? random.pick(Object.keys(parts)) : kind === 2 ? 'config.json' : 'model.weights.h5';
    if (kind === 2) {
      const config: unknown = JSON.parse(Buffer.from(parts[name]!).toString());
      parts[name] = Buffer.from(JSON.stringify(mutateJson(config, random)) ?? '');
    } else parts[name] = Uint8Array.from(mutateBytes(parts[name]!, random, other.bytes));
    return zipSync(parts, { level: 0, mtime: EARLIEST });
  },
  async read({ bytes }, own) {
    const path = join(own, 'input.keras');
    await writeFile(path, bytes);
    await readModel(path);
  },
};
