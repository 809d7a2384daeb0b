import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { AstroInlineConfig } from 'astro';
import type { Logger } from '../effects.ts';
import { namingPath } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import { gallerySchema, reportSchema } from '../schema/report.ts';
import { astroConfig, QUIET_ASTRO } from './astro-config.ts';
import { moveInto } from './move.ts';
import { scratchFolder } from './scratch.ts';
import { staticFiles } from './static-files.ts';

export interface RenderOptions {
  /** Folder with gallery.json, <id>/report.json and <id>/panels/. Absolute, as all folders here. */
  readonly dataDir: string;
  /** Where the pages go; what else lies there stays. */
  readonly outDir: string;
  /** For Astro's and Vite's own files. */
  readonly cacheDir: string;
  readonly log: Logger;
  /** One that was started before, to be used up; a new one if there is none. */
  readonly renderer?: Renderer | undefined;
}

/**
 * Writes every page of the gallery, its style sheet, script and fonts. Reports and their pictures are not copied: that
 * is the business of whoever wrote them. Pages come into `outDir` only when all of them are done.
 * @throws when the data folder does not hold what its schema says, or Astro fails
 */
export async function renderSite(options: RenderOptions): Promise<{ pages: number }> {
  const { dataDir, outDir, cacheDir, log, renderer = startRenderer(cacheDir) } = options;
  try {
    await checkData(dataDir);
    const { files, style, script, mark } = await staticFiles();
    const scratch = scratchFolder();
    await namingPath(scratch, () => mkdir(scratch, { recursive: true }));
    try {
      const version = await packageVersion();
      const config = astroConfig({ dataDir, outDir: scratch, cacheDir, version, style, script, mark });
      const pages = await renderer.build(config, log);
      const assets = join(scratch, 'assets');
      await namingPath(assets, () => mkdir(assets, { recursive: true }));
      for (const [name, contents] of files) {
        const path = join(assets, name);
        await namingPath(path, () => writeFile(path, contents));
      }
      await moveInto(scratch, outDir);
      return { pages };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  } finally {
    renderer.stop();
  }
}

/** Runs Astro's build on the configuration it reads, and sends back how many pages there are. */
const BUILD_SCRIPT = `
import { build } from 'astro';
let text = '';
for await (const chunk of process.stdin) text += chunk;
let pages = 0;
const counter = { name: 'count', hooks: { 'astro:build:done': (done) => { pages = done.pages.length; } } };
await build({ ...JSON.parse(text), integrations: [counter] });
process.send({ pages });
process.disconnect();
`;

/** A process that loads Astro and then waits for something to render, once. */
export interface Renderer {
  /** @returns how many pages there are */
  build(config: AstroInlineConfig, log: Logger): Promise<number>;
  /** Ends it, whatever it is at. */
  stop(): void;
}

/**
 * In a process of its own, started in this package's folder: Astro keeps its intermediate modules below the working
 * directory and they must find their imports from there, wherever the user's shell is; and they are never unloaded.
 *
 * @param cacheDir as for `renderSite`
 */
export function startRenderer(cacheDir: string): Renderer {
  const child = spawn(process.execPath, ['--input-type=module', '-e', BUILD_SCRIPT], {
    cwd: packageRoot,
    // From Node 22 on, Astro's own code need not be compiled anew each time.
    env: { NODE_COMPILE_CACHE: join(cacheDir, 'compiled'), ...process.env, ...QUIET_ASTRO },
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  });
  let pages: number | undefined;
  let output = '';
  const listen = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout!.on('data', listen);
  child.stderr!.on('data', listen);
  child.on('message', (message: { pages: number }) => (pages = message.pages));
  // A child that died early says why on stderr; that its pipe is closed says nothing.
  child.stdin!.on('error', () => {});
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  // Whoever never asks for pages is not told.
  ended.catch(() => {});

  return {
    async build(config, log) {
      child.stdin!.end(JSON.stringify(config));
      const code = await ended;
      if (code !== 0 || pages === undefined) {
        throw new Error(`the pages could not be rendered: ${mainLine(output)}\n${output.trim()}`);
      }
      for (const line of output.split('\n')) if (line.trim() !== '') log.warn(stripVTControlCharacters(line));
      return pages;
    },
    stop: () => void child.kill(),
  };
}

/** Of all that a failed render printed, the line that says why. */
function mainLine(output: string): string {
  const lines = output.split('\n').map((line) => stripVTControlCharacters(line).trim());
  return lines.find((line) => /error/i.test(line)) ?? lines.find(Boolean) ?? 'Astro said nothing';
}

/** The pages trust what they read: this is where it is made sure. */
export async function checkData(dataDir: string): Promise<void> {
  const read = async (path: string): Promise<unknown> =>
    JSON.parse(await readFile(join(dataDir, path), 'utf8'));
  const gallery = gallerySchema.parse(await read('gallery.json'));
  for (const { id, status } of gallery.experiments) {
    if (!isFolderName(id)) {
      throw new Error(`The experiment id ${JSON.stringify(id)} cannot be a folder of the gallery`);
    }
    if (status === 'ready') reportSchema.parse(await read(join(id, 'report.json')));
  }
}

/** `assets` is where the pictures lie. */
function isFolderName(id: string): boolean {
  return /^[^/\\<>:"|?*]+$/.test(id) && !id.startsWith('.') && id.toLowerCase() !== 'assets';
}

export async function packageVersion(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
