import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { packageRoot } from '../package-root.ts';

/** Style sheet, script and fonts: what every gallery holds in assets/ beside what its reports need. */
export interface StaticFiles {
  /** Contents by name below assets/; a name holds the hash of its contents. */
  readonly files: ReadonlyMap<string, Uint8Array | string>;
  readonly style: string;
  readonly script: string;
}

const FONTS = [400, 600];

export async function staticFiles(): Promise<StaticFiles> {
  const { resolve } = createRequire(join(packageRoot, 'package.json'));
  const own = (name: string): Promise<string> =>
    readFile(join(packageRoot, 'src', 'site', 'static', name), 'utf8');
  const files = new Map<string, Uint8Array | string>();
  const add = (stem: string, extension: string, contents: Uint8Array | string): string => {
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 12);
    const name = `${stem}-${hash}.${extension}`;
    files.set(name, contents);
    return name;
  };
  let css = await own('site.css');
  for (const weight of FONTS) {
    const font = await readFile(resolve(`@fontsource/inter/files/inter-latin-${weight}-normal.woff2`));
    css = css.replaceAll(`inter-${weight}.woff2`, add(`inter-${weight}`, 'woff2', font));
  }
  const style = add('site', 'css', (await transform(css, { loader: 'css', minify: true })).code);
  const script = add('site', 'js', (await transform(await own('site.js'), { minify: true })).code);
  return { files, style, script };
}
