/**
 * A process that builds, serves and cleans at a word from races.test.ts, as the commands do, but with pages that cost nothing: what
 * they say is what the renderer read of the reports, with pauses for others to interfere.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '../../src/cli/program.ts';
import { nodeEffects, silentLogger } from '../../src/effects.ts';
import { silentProgress } from '../../src/pipeline/progress.ts';
import type { PipelineOptions } from '../../src/pipeline/plan/prepare.ts';
import { runDev } from '../../src/publish/dev.ts';
import { buildGallery } from '../../src/publish/gallery.ts';
import { assetsIn } from '../../src/publish/publish.ts';
import type { Gallery } from '../../src/schema/report.ts';
import type { serveDev } from '../../src/site/dev.ts';
import type { Renderer } from '../../src/site/render.ts';
import { sha256 } from '../../src/hash.ts';
import { listFolder } from '../../src/store/store.ts';

export type Move =
  | { readonly kind: 'build'; readonly ids: readonly string[] }
  | { readonly kind: 'dev'; readonly rebuilds: number }
  | { readonly kind: 'clean' };

/** What the parent sends. */
export interface Order {
  readonly move: Move;
  readonly options: PipelineOptions & { readonly out: string };
  /** Milliseconds before it begins. */
  readonly delay: number;
  /** Milliseconds that a reader or writer pauses at most. */
  readonly pause: number;
}

/** What comes back: why the move failed, if it did. */
export interface Outcome {
  readonly failure?: string;
}

const effects = { ...nodeEffects, log: silentLogger };
const signal = new AbortController().signal;

const pauseUpTo = (milliseconds: number): Promise<void> => sleep(Math.random() * milliseconds);

/** Every report with its lists of panels, read one after the other. */
async function readData(dataDir: string, pause: number): Promise<Map<string, string>> {
  const gallery = await readFile(join(dataDir, 'gallery.json'), 'utf8');
  const texts = new Map([['gallery.json', gallery]]);
  for (const { id } of (JSON.parse(gallery) as Gallery).experiments) {
    for (const { path } of await listFolder(join(dataDir, id))) {
      await pauseUpTo(pause);
      texts.set(`${id}/${path}`, await readFile(join(dataDir, id, path), 'utf8'));
    }
  }
  return texts;
}

function pagesOf(pause: number): Renderer {
  return {
    async render({ site, outDir }) {
      const texts = await readData(site.dataDir, pause);
      const pages = [...texts].map(
        ([path, text]) => [`${path.replace(/\.json$/, '')}/index.html`, text] as const,
      );
      for (const [path, text] of pages) {
        const page = join(outDir, path);
        await mkdir(dirname(page), { recursive: true });
        await writeFile(page, `Filterscope ${sha256(text)}\n`);
        await pauseUpTo(pause);
      }
      return { pages: pages.length, rendered: pages.length, parts: {}, units: {}, list: undefined };
    },
    stop: () => {},
  };
}

/** Serves nothing, but has what it would serve rebuilt and read, and looks for every file that it would send. */
async function dev(options: Order['options'], rebuilds: number, pause: number): Promise<void> {
  const stop = new AbortController();
  const serve: typeof serveDev = async ({ dataDir, assetsDir, rebuild }) => {
    const looking = (async () => {
      for (let turn = 0; turn <= rebuilds; turn++) {
        if (turn > 0) {
          const result = await rebuild([]);
          if (!result.ok) throw new Error(result.message);
        }
        await sleep(4 * pause);
        for (const text of (await readData(dataDir, pause)).values()) {
          for (const asset of assetsIn(text)) {
            const bytes = await readFile(join(assetsDir, asset));
            if (!asset.startsWith(sha256(bytes).slice(0, 24))) throw new Error(`${asset} has other bytes`);
          }
        }
      }
    })().finally(() => stop.abort());
    return { url: '', close: () => looking };
  };
  const request = {
    ...{ options, effects, progress: silentProgress, host: '', port: 0, serve },
    signal: stop.signal,
  };
  await runDev(request);
}

async function make({ move, options, pause }: Order): Promise<void> {
  if (move.kind === 'dev') return dev(options, move.rebuilds, pause);
  if (move.kind === 'clean') {
    const { experiments, cache, out } = options;
    const folders = ['--experiments', experiments, '--cache', cache, '--out', out];
    process.exitCode = 0;
    const status = await runProgram(['clean', '--unused', '--backend', 'cpu', ...folders]);
    if (status !== 0) throw new Error(`clean --unused ended with ${status}`);
    return;
  }
  const request = { options, effects, progress: silentProgress, signal };
  await buildGallery({ ...request, ids: move.ids, startRenderer: () => pagesOf(pause) });
}

process.on('message', (order: Order) => {
  sleep(order.delay)
    .then(() => make(order))
    .then(
      (): Outcome => ({}),
      (error: unknown): Outcome => ({ failure: error instanceof Error ? error.stack! : String(error) }),
    )
    .then((outcome) => process.send!(outcome));
});
process.on('disconnect', () => process.exit());
