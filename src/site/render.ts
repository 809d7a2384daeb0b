import { fork } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { compiledFile } from '../compiled-file.ts';
import type { Logger } from '../effects.ts';
import { namingPath } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import { pluginCode } from '../plugins.ts';
import { gallerySchema, reportSchema, RESERVED_FOLDERS } from '../schema/report.ts';
import type { RenderReply, RenderRequest } from './page-protocol.ts';
import type { SiteSettings } from './site-context.ts';
import { staticFiles } from './static-files.ts';

export interface RenderOptions {
  /** Folder with gallery.json, <id>/report.json and <id>/panels/. Absolute, as all folders here. */
  readonly dataDir: string;
  /** Where the pages go; what else lies there stays. */
  readonly outDir: string;
  readonly log: Logger;
  readonly settings?: SiteSettings | undefined;
  /** One that was started before, to be used up; a new one if there is none. */
  readonly renderer?: Renderer | undefined;
}

/**
 * Writes every page of the gallery, its style sheet, script and fonts. Reports and their images are not copied: that
 * is the business of whoever wrote them.
 * @throws when the data folder does not hold what its schema says, or a page fails; some pages are written then
 */
export async function renderSite(options: RenderOptions): Promise<{ pages: number }> {
  const { dataDir, outDir, log, settings, renderer = startRenderer() } = options;
  try {
    await checkData(dataDir);
    const { files, ...names } = await staticFiles();
    const assets = join(outDir, 'assets');
    await namingPath(assets, () => mkdir(assets, { recursive: true }));
    for (const [name, contents] of files) {
      const path = join(assets, name);
      await namingPath(path, () => writeFile(path, contents));
    }
    const site = {
      ...{ ...settings, dataDir, version: await packageVersion(), ...names },
      // Made with the pages.
      ...{ searchData: '', dev: false },
    };
    return { pages: await renderer.render({ site, outDir, plugins: pluginCode() }, log) };
  } finally {
    renderer.stop();
  }
}

/** A process that loads the pages and then waits for a gallery to render, once. */
export interface Renderer {
  /** @returns how many pages there are */
  render(request: RenderRequest, log: Logger): Promise<number>;
  /** Ends it, whatever it is at. */
  stop(): void;
}

export function startRenderer(): Renderer {
  const child = fork(compiledFile('page-process.js'), {
    cwd: packageRoot,
    serialization: 'advanced',
    execArgv: ['--enable-source-maps'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let reply: RenderReply | undefined;
  let output = '';
  const listen = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout!.on('data', listen);
  child.stderr!.on('data', listen);
  child.on('message', (message: RenderReply) => (reply = message));
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
  // Whoever never asks for pages is not told.
  ended.catch(() => {});

  return {
    async render(request, log) {
      // A child that died early says why on stderr; that it cannot be asked says nothing.
      child.send(request, () => {});
      await ended;
      if (!reply) throw failed(mainLine(output), output.trim());
      if ('failure' in reply) {
        const { code, path = request.outDir, message, stack } = reply.failure;
        const error = Object.assign(failed(message, stack), { code });
        return namingPath(path, () => Promise.reject(error));
      }
      for (const line of output.split('\n')) if (line.trim() !== '') log.warn(stripVTControlCharacters(line));
      for (const warning of reply.warnings) log.warn(warning);
      return reply.pages;
    },
    stop: () => void child.kill('SIGKILL'),
  };
}

const failed = (reason: string, details: string): Error =>
  new Error(`The pages could not be rendered: ${reason}\n${details}`);

/** Of all that a failed process printed, the line that says why. */
function mainLine(output: string): string {
  const lines = output.split('\n').map((line) => stripVTControlCharacters(line).trim());
  return (
    lines.find((line) => /error/i.test(line)) ?? lines.find(Boolean) ?? 'the process ended without a message.'
  );
}

/** The pages trust what they read: this is where it is made sure. */
export async function checkData(dataDir: string): Promise<void> {
  const read = async (path: string): Promise<unknown> =>
    JSON.parse(await readFile(join(dataDir, path), 'utf8'));
  const gallery = gallerySchema.parse(await read('gallery.json'));
  for (const { id, status } of gallery.experiments) {
    if (!isFolderName(id)) {
      throw new Error(`The experiment id ${JSON.stringify(id)} cannot be a folder of the gallery.`);
    }
    if (status === 'ready') reportSchema.parse(await read(join(id, 'report.json')));
  }
}

/** `assets` is where the images lie. */
function isFolderName(id: string): boolean {
  return /^[^/\\<>:"|?*]+$/.test(id) && !id.startsWith('.') && !RESERVED_FOLDERS.includes(id.toLowerCase());
}

export async function packageVersion(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
