import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';
import { filterscope } from '../cli/run.ts';

const named = process.env['FILTERSCOPE_DIST'];

/** The shipped gallery's folder: FILTERSCOPE_DIST where it is built already. */
export const dist = resolve(packageRoot, named ?? 'dist');

/** Builds it where nobody has. */
export async function needGallery(): Promise<void> {
  if (named === undefined) {
    const { status, stderr } = await filterscope(['build', '--backend', 'wasm']);
    if (status !== 0) throw new Error(`The gallery cannot be built:\n${stderr}`);
  }
  if (!existsSync(dist)) throw new Error(`There is no gallery at ${dist}`);
}
