import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateJson } from '../mutate-json.ts';
import type { Target } from '../target.ts';
import { readWeights } from './state-dicts.ts';

const folder = join(packageRoot, 'test/fixtures/state-dicts');

/** Safetensors: the file itself, or its header, whose length is right then. */
export const safetensors: Target = {
  name: 'safetensors',
  async corpus() {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.safetensors')).sort();
    return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
  },
  mutate({ bytes }, random, other) {
    if (random.below(4) === 0) return mutateBytes(bytes, random, other.bytes);
    const file = Buffer.from(bytes);
    const length = Number(file.readBigUInt64LE());
    const header: unknown = JSON.parse(file.subarray(8, 8 + length).toString());
    const changed = Buffer.from(JSON.stringify(mutateJson(header, random)) ?? '');
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(BigInt(changed.length));
    return Buffer.concat([start, changed, file.subarray(8 + length)]);
  },
  async read({ bytes }, own) {
    const path = join(own, 'input.safetensors');
    await writeFile(path, bytes);
    await readWeights(path);
  },
};
