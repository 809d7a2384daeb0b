import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as bundle, stop } from 'esbuild';
import type { Rollup } from 'vite';
import { sha256 } from '../hash.ts';
import { packageRoot } from '../package-root.ts';
import { astroConfig, loadCompiler, siteFolder } from './astro-config.ts';
import type { Pages } from './page-protocol.ts';
import { hashSiteSources, isSiteSource } from './site-sources.ts';

/** The hash of its sources, and that of its own text. */
const bundleName = /^pages-([0-9a-f]{16})-([0-9a-f]{16})\.mjs$/;

const TEMPORARY = /\.\d+\.[0-9a-f]{8}\.tmp$/;

const HOUR = 3_600_000;
/** Milliseconds since it was used that a bundle of other sources stays: one switches back and forth between versions. */
const KEPT = 7 * 24 * HOUR;

/**
 * The pages, compiled where their sources have changed since they last were.
 * @param folder where compiled pages are kept
 */
export async function loadPages(folder = join(packageRoot, '.build')): Promise<Pages> {
  const sources = await hashSiteSources();
  const file =
    (await findBundle(folder, sources)) ??
    (await keepBundle(folder, sources, await inPackageFolder(() => compilePages(folder))));
  return (await import(pathToFileURL(file).href)) as Pages;
}

async function inPackageFolder<T>(work: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(packageRoot);
  try {
    return await work();
  } finally {
    process.chdir(before);
  }
}

/** Undefined where there is none, or a damaged one. */
async function findBundle(folder: string, sources: string): Promise<string | undefined> {
  for (const name of await readdir(folder).catch(() => [])) {
    const found = bundleName.exec(name);
    if (found?.[1] !== sources) continue;
    const path = join(folder, name);
    const text = await readFile(path).catch(() => undefined);
    if (text === undefined || digest(text) !== found[2]) continue;
    const now = new Date();
    await utimes(path, now, now).catch(() => {});
    return path;
  }
  return undefined;
}

async function keepBundle(folder: string, sources: string, text: string): Promise<string> {
  const path = join(folder, `pages-${sources}-${digest(text)}.mjs`);
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  await mkdir(folder, { recursive: true });
  await writeFile(temporary, text);
  await rename(temporary, path);
  await prune(folder, path);
  return path;
}

/**
 * Removes bundles of other sources that have not been used for long, and what killed processes were writing. Failing to is no reason
 * to stop.
 */
async function prune(folder: string, current: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const bundle = name.replace(TEMPORARY, '');
    if (path === current || !bundleName.test(bundle)) continue;
    const used = (await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity;
    if (Date.now() - used > (bundle === name ? KEPT : HOUR)) await rm(path, { force: true }).catch(() => {});
  }
}

/**
 * Compiles page-module.ts to one module without dependencies: Astro makes JavaScript of the components, then esbuild adds what
 * renders them, which Vite would take several times as long for. The working directory must be this package's folder.
 * @param folder for the compiler's own files; absolute
 * @returns the text of the module, which holds no path of this machine
 */
export async function compilePages(folder: string): Promise<string> {
  const { build, getViteConfig } = await loadCompiler();
  const settings = getViteConfig(
    {
      logLevel: 'warn',
      build: {
        ssr: join(siteFolder, 'page-module.ts'),
        write: false,
        minify: false,
        rollupOptions: { treeshake: false, external: isPackage, output: { inlineDynamicImports: true } },
      },
    },
    astroConfig(folder),
  );
  const config = await settings({ mode: 'production', command: 'build' });
  const [output] = [await build({ ...config, configFile: false })].flat() as Rollup.RollupOutput[];
  const { code, modules } = output!.output[0];
  for (const id of Object.keys(modules)) {
    const path = relative(packageRoot, id).split(sep).join('/');
    if (path.startsWith('src/') && !isSiteSource(path)) {
      throw new Error(`\`${path}\` is a source of pages: name it in src/site/site-sources.ts.`);
    }
  }
  const { outputFiles } = await bundle({
    absWorkingDir: packageRoot,
    stdin: { contents: code, resolveDir: packageRoot },
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.3',
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'silent',
    // For packages that are CommonJS.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  await stop();
  // Astro names components by their files.
  return outputFiles[0]!.text.replaceAll(`${packageRoot.split(sep).join('/')}/`, '');
}

/** Neither a path nor one of Vite's or Astro's own virtual modules. */
const isPackage = (id: string): boolean =>
  /^(?:node:|@?[a-z])/.test(id) && !/^(?:astro|virtual):|\.astro$/.test(id);

const digest = (text: string | Uint8Array): string => sha256(text).slice(0, 16);
