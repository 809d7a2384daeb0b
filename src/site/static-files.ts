import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { sha256 } from '../hash.ts';
import { packageRoot } from '../package-root.ts';

/** Style sheet, script, fonts and the program's mark: what every gallery holds in assets/ beside what its reports need. */
export interface StaticFiles {
  /** Contents by name below assets/; a name holds the hash of its contents. */
  readonly files: ReadonlyMap<string, Uint8Array | string>;
  readonly style: string;
  readonly script: string;
  /** Chooses the colours before a page is drawn. */
  readonly theme: string;
  readonly mark: string;
  readonly search: string;
  readonly viewer: string;
  readonly viewerStyle: string;
  readonly compare: string;
  /** Fonts of what a page shows first. */
  readonly fonts: readonly string[];
}

/** Of the font's files, as style sheets and the package name them. */
const FONTS = [
  ['inter-400', '400-normal'],
  ['inter-400-italic', '400-italic'],
  ['inter-600', '600-normal'],
] as const;

const { resolve } = createRequire(join(packageRoot, 'package.json'));
const fontPath = (face: string): string => resolve(`@fontsource/inter/files/inter-latin-${face}.woff2`);
const ownPath = (name: string): string => join(packageRoot, 'src', 'site', 'static', name);

/** Names without hashes, as the dev server uses them: each is read afresh from its source. */
export const DEV_NAMES = {
  style: 'site.css',
  script: 'site.js',
  theme: 'theme.js',
  mark: 'mark.svg',
  search: 'search.js',
  viewer: 'viewer.js',
  viewerStyle: 'viewer-style.css',
  compare: 'compare.js',
  fonts: ['inter-400.woff2', 'inter-600.woff2'],
} as const;

/** Where the dev server finds a file of that name below assets/; undefined for every other name. */
export function sourceFile(name: string): string | undefined {
  if (name === DEV_NAMES.mark || name === DEV_NAMES.theme || /^[a-z]+\.css$/.test(name)) return ownPath(name);
  const font = FONTS.find(([stem]) => name === `${stem}.woff2`);
  return font && fontPath(font[1]);
}

export async function staticFiles(): Promise<StaticFiles> {
  const files = new Map<string, Uint8Array | string>();
  const add = (stem: string, extension: string, contents: Uint8Array | string): string => {
    const hash = sha256(contents).slice(0, 12);
    const name = `${stem}-${hash}.${extension}`;
    files.set(name, contents);
    return name;
  };
  let css = await styleSheet();
  const fonts: string[] = [];
  for (const [stem, face] of FONTS) {
    const name = add(stem, 'woff2', await readFile(fontPath(face)));
    css = css.replaceAll(`${stem}.woff2`, name);
    if (DEV_NAMES.fonts.some((first) => first === `${stem}.woff2`)) fonts.push(name);
  }
  const style = add('site', 'css', (await transform(css, { loader: 'css', minify: true })).code);
  const script = add('site', 'js', await siteScript());
  const theme = add('theme', 'js', await bundle('src/site/static/theme.js'));
  const mark = add('mark', 'svg', await readFile(ownPath(DEV_NAMES.mark)));
  const search = add('search', 'js', await bundledScript('search'));
  const viewer = add('viewer', 'js', await bundledScript('viewer'));
  const viewerStyle = add('viewer', 'css', await viewerSheet());
  const compare = add('compare', 'js', await bundledScript('compare'));
  return { files, style, script, theme, mark, search, viewer, viewerStyle, compare, fonts };
}

/** The script of every page. */
export const siteScript = (): Promise<string> => bundle('src/site/static/site.js');

/** A script that pages load when it is used. */
export const bundledScript = (name: 'search' | 'viewer' | 'compare'): Promise<string> =>
  bundle(`src/site/${name}/client.ts`);

/** A script with all that it imports, as a classic one. */
async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: packageRoot,
    entryPoints: [join(packageRoot, entry)],
    ...{ bundle: true, write: false, minify: true, format: 'iife', target: 'es2022', logLevel: 'silent' },
  });
  return outputFiles[0]!.text;
}

/** The viewer's own style sheet, which is loaded with its script. */
export async function viewerSheet(): Promise<string> {
  const parts = ['viewer.css', 'compare.css'].map((name) =>
    readFile(join(packageRoot, 'src/site/viewer', name), 'utf8'),
  );
  const css = (await Promise.all(parts)).join('\n');
  return (await transform(css, { loader: 'css', minify: true })).code;
}

/** The parts that the style sheet imports, put in their places, in a layer: the styles of single elements count more, see finish-page.ts. */
async function styleSheet(): Promise<string> {
  const css = await readFile(ownPath(DEV_NAMES.style), 'utf8');
  const parts = [...css.matchAll(/@import '\.\/([a-z]+\.css)';/g)];
  const texts = await Promise.all(parts.map(([, name]) => readFile(ownPath(name!), 'utf8')));
  return `@layer site{${texts.join('\n')}}`;
}
