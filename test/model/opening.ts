import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { afterAll } from 'vitest';
import { UserError } from '../../src/errors.ts';
import type { ModelSource } from '../../src/model/open.ts';
import { openModel } from '../../src/model/open.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { ModelSpec } from '../../src/schema/experiment.ts';
import { nameless } from '../nameless.ts';

export const kerasFixtures = join(packageRoot, 'test', 'fixtures', 'keras');

/** A folder that lasts as long as the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'filterscope-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file, with the folders it needs; its path. */
export function put(folder: string, name: string, data: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
  return path;
}

export const fileSpec = (path: string, more: Partial<ModelSpec> = {}): ModelSpec => ({
  source: { kind: 'file', path },
  includeTop: true,
  inputChannels: 3,
  ...more,
});

export const zooSpec = (name: string, more: Partial<ModelSpec> = {}): ModelSpec => ({
  source: { kind: 'zoo', name },
  includeTop: true,
  inputChannels: 3,
  ...more,
});

/** Places are told as `x.yaml:<key>` is in an experiment file. */
export function open(spec: ModelSpec, cacheDir = '/nowhere', seed = 1): Promise<ModelSource> {
  return openModel(spec, { cacheDir, seed, place: (key) => ({ file: `x.yaml(${key})` }) });
}

/** The message that opening fails with, temporary folders left out of it. */
export async function messageOf(failing: Promise<unknown>, folder: string): Promise<string> {
  try {
    await failing;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return nameless(error.message, folder, '<folder>');
  }
  throw new Error('nothing was wrong');
}
