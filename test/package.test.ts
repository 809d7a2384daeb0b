import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { packageRoot } from '../src/package-root.ts';
import { isSiteSource } from '../src/site/site-sources.ts';
import { readImports } from './structure.ts';

/** Paths of all files below a folder, from the package's root with forward slashes. */
function filesIn(folder: string): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(packageRoot, join(entry.parentPath ?? entry.path, entry.name)))
    .map((path) => path.split(sep).join('/'));
}

describe('what is published', () => {
  it('has the sources of pages, from which `dev` makes style sheets and scripts', () => {
    const packed = (path: string): boolean =>
      manifest.files.some((entry) => path === entry || path.startsWith(`${entry}/`));
    const missing = filesIn('src').filter((path) => isSiteSource(path) && !packed(path));
    expect(missing, 'add them to `files` in package.json').toEqual([]);
  });

  it('depends on every package that its code imports', () => {
    // What compiles the pages runs in a checkout only.
    const own = new Set(['src/site/page-bundle.ts', 'src/site/astro-config.ts']);
    const imported = filesIn('src')
      .filter((path) => /\.(?:ts|astro)$/.test(path) && !own.has(path))
      .flatMap((path) => readImports(path, readFileSync(join(packageRoot, path), 'utf8')))
      .filter(({ specifier, typeOnly }) => !typeOnly && /^@?[a-z]/.test(specifier))
      .map(({ specifier }) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0])
      .filter(
        (name) => !name.startsWith('node:') && !builtinModules.includes(name) && !name.startsWith('astro:'),
      );
    const known = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
    // Loaded where it is asked for by name, and named by the message where it is missing.
    const optional = ['webgpu', '@tensorflow/tfjs-backend-webgpu'];
    expect(
      [...new Set(imported)].filter((name) => ![...known, ...optional, 'filterscope'].includes(name)),
    ).toEqual([]);
  });

  it('runs no script when it is installed', () => {
    const { scripts } = manifest as { scripts: Readonly<Record<string, string>> };
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(scripts[name]).toBeUndefined();
    expect(manifest).not.toHaveProperty('private');
  });
});
