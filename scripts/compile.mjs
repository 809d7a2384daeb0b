/**
 * Compiles the TypeScript sources into `.build/<hash>/` for Node: plain JavaScript with packages left outside. The hash is
 * of the sources, so that an unchanged checkout starts without the compiler and a changed one never runs old code.
 * Plain JavaScript itself: this is what runs before anything can be compiled.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const buildFolder = join(root, '.build');

/**
 * Each becomes `<name>.js`: the command, what `import 'filterscope'` gives, the thread that runs models, those that read and hash their
 * files, and the processes that open images and that render pages.
 */
export const packedEntries = [
  'scripts/filterscope.ts',
  'src/api/api.ts',
  'src/pipeline/compute/worker.ts',
  'src/model/reading/file-reader.ts',
  'src/hash-thread.ts',
  'src/image/decode-process.ts',
  'src/site/page-process.ts',
];
/** What the published package does without: the process that fuzzes, and what compiles the pages. */
const ownEntries = ['scripts/fuzz/fuzz-child.ts', 'src/site/page-bundle.ts'];
/** Whatever can end up in the bundle: a change in any of these makes a new build. */
const sources = ['src', 'scripts', 'package.json', 'tsconfig.json'];
const sourceFile = /\.(ts|mjs|json)$/;

/** So many older builds stay, for switching back and forth between branches. */
const KEPT_BUILDS = 3;
/** Milliseconds. A process that has just started may not have claimed its build yet. */
const SAFE_AGE = 3_600_000;

/**
 * @returns {Promise<string>} absolute folder holding filterscope.js and worker.js, claimed for this process until it ends
 */
export async function compile() {
  const hash = await hashSources();
  const folder = join(buildFolder, hash);
  if (await claim(folder)) return folder;
  // As deep as the real place, which is not known yet: the source maps point up from there.
  const files = await bundle([...packedEntries, ...ownEntries], '.build/hash');
  // Someone saved a file meanwhile: what was compiled is neither the old nor the new.
  if ((await hashSources()) !== hash) return compile();
  await keep(files, folder);
  if (!(await claim(folder))) throw new Error(`nothing stays in ${folder}`);
  await prune(folder);
  return folder;
}

/** @returns {Promise<string>} hash of every source file's path and text */
async function hashSources() {
  const files = [];
  for (const source of sources) {
    if (sourceFile.test(source)) files.push(join(root, source));
    else await list(join(root, source), files);
  }
  const texts = [];
  // So many at a time: the number of open files may be limited.
  for (let from = 0; from < files.length; from += 32) {
    texts.push(...(await Promise.all(files.slice(from, from + 32).map((file) => readFile(file)))));
  }
  const hash = createHash('sha256');
  files.forEach((file, index) => {
    hash
      .update(`${relative(root, file).split(sep).join('/')}\0${texts[index].length}\0`)
      .update(texts[index]);
  });
  return hash.digest('hex').slice(0, 16);
}

async function list(folder, files) {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await list(path, files);
    else if (sourceFile.test(entry.name)) files.push(path);
  }
}

/**
 * @param {readonly string[]} entries from the package's folder; those that do not exist are left out
 * @param {string} outdir where the files are to lie, from the package's folder; nothing is written
 * @returns {Promise<readonly {path: string, contents: Uint8Array}[]>} files with absolute paths
 */
export async function bundle(entries, outdir) {
  const esbuild = await import('esbuild');
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: entries.filter((entry) => existsSync(join(root, entry))),
    entryNames: '[name]',
    chunkNames: 'chunk-[hash]',
    outdir,
    write: false,
    bundle: true,
    packages: 'external',
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.3',
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
  });
  await esbuild.stop();
  return outputFiles;
}

/** Written elsewhere and moved into place, so that a folder with a hash for a name is always whole. */
async function keep(files, folder) {
  const temporary = join(buildFolder, `tmp-${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(temporary, { recursive: true });
  const made = join(buildFolder, 'hash');
  for (const { path, contents } of files) {
    await writeFile(join(temporary, relative(made, path)), contents);
  }
  try {
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another process was faster; what it made from the same sources is the same.
    if (!existsSync(folder)) throw error;
  }
}

/** What this file makes: other things in `.build` are looked after by those who make them. */
const ours = /^(?:tmp-|[0-9a-f]{16}$)/;

const claimName = /^process-(\d+)$/;

/** Marks the build as used by this process until it ends. False where there is no such build. */
async function claim(folder) {
  const file = join(folder, `process-${process.pid}`);
  try {
    await writeFile(file, '');
    const now = new Date();
    await utimes(folder, now, now);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    // Built by another user: without permission to write there is none to prune.
    return existsSync(folder);
  }
  process.once('exit', () => rmSync(file, { force: true }));
  return true;
}

/** Removes builds that no living process uses, except the latest few. Failing to is no reason to stop. */
async function prune(current) {
  try {
    const found = [];
    for (const name of await readdir(buildFolder)) {
      const path = join(buildFolder, name);
      if (path !== current && ours.test(name)) found.push({ path, name, used: (await stat(path)).mtimeMs });
    }
    found.sort((a, b) => b.used - a.used);
    const builds = found.filter(({ name }) => !name.startsWith('tmp-'));
    for (const old of found) {
      if (Date.now() - old.used < SAFE_AGE) continue;
      if (builds.indexOf(old) >= 0 && builds.indexOf(old) < KEPT_BUILDS) continue;
      if (await isUsed(old.path)) continue;
      await rm(old.path, { recursive: true, force: true });
    }
  } catch {
    // Someone else is pruning, or the folder is not ours to change.
  }
}

async function isUsed(folder) {
  const ids = (await readdir(folder)).map((name) => claimName.exec(name)?.[1]).filter(Boolean);
  return ids.some((id) => isAlive(Number(id)));
}

function isAlive(id) {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
