import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { packageRoot } from '../../../src/package-root.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import type { Target } from '../target.ts';
import { endingOf } from '../target.ts';
import { readWeights } from './state-dicts.ts';

const folder = join(packageRoot, 'test/fixtures/state-dicts');
const EARLIEST = new Date(1980, 0, 1);

const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b;

/** PyTorch's files: the archive or the older form itself, or the pickle in an archive that is sound. */
export const pickle: Target = {
  name: 'pickle',
  async corpus() {
    const names = (await readdir(folder)).filter((name) => /\.(?:pth|pt|ckpt)$/.test(name)).sort();
    return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
  },
  mutate({ bytes }, random, other) {
    if (!isZip(bytes) || random.below(4) === 0) return mutateBytes(bytes, random, other.bytes);
    const parts = unzipSync(bytes);
    const name = Object.keys(parts).find((each) => each.endsWith('data.pkl'))!;
    parts[name] = Uint8Array.from(mutateBytes(parts[name]!, random, other.bytes));
    return zipSync(parts, { level: 0, mtime: EARLIEST });
  },
  async read({ name, bytes }, own) {
    const path = join(own, `input${endingOf(name)}`);
    await writeFile(path, bytes);
    await readWeights(path);
  },
};
