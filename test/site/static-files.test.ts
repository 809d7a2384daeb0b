import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { sourceFile, staticFiles } from '../../src/site/static-files.ts';

const folder = join(packageRoot, 'src/site/static');
const parts = readdirSync(folder).filter((name) => name.endsWith('.css') && name !== 'site.css');

describe('the style sheet', () => {
  it('imports every part there is, once', () => {
    const imports = [...readFileSync(join(folder, 'site.css'), 'utf8').matchAll(/^@import '\.\/(.+)';$/gm)];
    expect(imports.map(([, name]) => name).sort()).toEqual([...parts].sort());
  });

  it('is one file in a gallery, with the parts in their order and fonts by their hashed names', async () => {
    const { files, style } = await staticFiles();
    const css = String(files.get(style));
    expect(css).not.toContain('@import');
    const [base, excitation, print] = [':root{', '.twins{', '@media print{'].map((text) => css.indexOf(text));
    expect(base).toBeGreaterThan(-1);
    expect(excitation).toBeGreaterThan(base!);
    expect(print).toBeGreaterThan(excitation!);
    for (const [, font] of css.matchAll(/url\("?([^")]+)"?\)/g)) expect(files.has(font!), font).toBe(true);
  });

  it('comes part by part from the dev server, which hands out nothing else', () => {
    for (const name of [...parts, 'site.css', 'mark.svg']) expect(sourceFile(name)).toBe(join(folder, name));
    for (const name of ['../base.css', 'a/b.css', 'site.js', 'roving.ts', 'Base.css'])
      expect(sourceFile(name)).toBeUndefined();
  });
});
