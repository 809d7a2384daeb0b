/** A process that builds or works at a word from its parent, which may kill it: pages cost nothing, times are short. */
import { readFile } from 'node:fs/promises';
import { nodeFiles, silentLogger } from '../../src/effects.ts';
import { silentProgress } from '../../src/pipeline/progress.ts';
import type { PipelineOptions } from '../../src/pipeline/plan/prepare.ts';
import { buildGallery } from '../../src/publish/gallery.ts';
import { parseQueueAddress } from '../../src/queue/address.ts';
import { runWorker } from '../../src/queue/run-worker.ts';
import type { WorkerTimes } from '../../src/queue/run-worker.ts';
import { runProgram } from '../../src/cli/program.ts';

export interface Order {
  readonly move: 'build' | 'work' | 'clean';
  readonly options: PipelineOptions & { readonly out: string; readonly store: string };
  readonly queue: string;
  readonly times?: WorkerTimes;
}

export type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'line'; readonly line: string }
  /** A job is done, in the build's eyes. */
  | { readonly kind: 'unit' }
  | { readonly kind: 'over'; readonly failure?: string };

const say = (message: Message): void => void process.send?.(message);
const tell = (line: string): void => say({ kind: 'line', line });
const effects = {
  log: { ...silentLogger, info: tell, warn: tell, error: tell },
  files: nodeFiles,
  now: () => performance.now(),
};
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

async function make({ move, options, queue, times }: Order): Promise<void> {
  const { signal } = stop;
  if (move === 'clean') {
    const { experiments, cache, out, store } = options;
    const folders = ['--experiments', experiments, '--cache', cache, '--out', out, '--store', store];
    const status = await runProgram(['clean', '--unused', '--backend', options.backend, ...folders]);
    if (status !== 0) throw new Error(`clean --unused ended with ${status}`);
    return;
  }
  const address = parseQueueAddress(queue);
  if (move === 'work') {
    await runWorker({ address, options, effects, signal, ...(times ? { times } : {}) });
    return;
  }
  await buildGallery({
    ...{ ids: [], options, effects, signal, queue: { address, times: { look: 1_000, patience: 60_000 } } },
    progress: { ...silentProgress, tell: ({ event }) => event === 'unit' && say({ kind: 'unit' }) },
    startRenderer: () => ({
      render: async ({ site }) => {
        await readFile(`${site.dataDir}/gallery.json`);
        return { pages: 1, rendered: 1, parts: {}, units: {}, list: undefined };
      },
      stop: () => {},
    }),
  });
}

process.on('message', (order: Order) => {
  make(order)
    .then(
      (): Message => ({ kind: 'over' }),
      (error: unknown): Message => ({
        kind: 'over',
        failure: error instanceof Error ? error.stack! : String(error),
      }),
    )
    .then((message) => process.send!(message, () => process.exit()));
});
process.on('disconnect', () => process.exit());
say({ kind: 'ready' });
