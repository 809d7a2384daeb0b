/**
 * A process that renders pages: it opens one gallery, then runs the tasks it is given until its parent ends it. Apart from the command, because
 * Astro and Vite need this package's folder for their working directory, and what they load is never unloaded. The pages are loaded
 * while there is nothing to do yet.
 */
import { importPlugins } from '../plugins.ts';
import { loadPages } from './load-pages.ts';
import type { OpenedPages, PageReply, PageRequest } from './page-protocol.ts';
import { setOwnPresentations } from './site-context.ts';
import type { OwnPresentation } from './techniques/presentation.ts';

let warnings: string[] = [];
let opened: OpenedPages;
const loading = loadPages();
// Reported when pages are asked for.
loading.catch(() => {});

process.on('message', (request: PageRequest) => {
  void answer(request)
    .catch((error: unknown) => failureOf(error))
    .then((reply) => process.send!(reply));
});

async function answer(request: PageRequest): Promise<PageReply> {
  if (request.do === 'task') {
    const notes = await opened.run(request.task);
    // Pages of a presentation that failed are rendered again the next time, so that its warning is not lost.
    const reply: PageReply = { kind: 'done', warnings, notes: warnings.length > 0 ? {} : notes };
    warnings = [];
    return reply;
  }
  const { openPages } = await loading;
  const { plugins } = request;
  if (plugins) {
    const { presentations = [] } = await importPlugins(plugins);
    setOwnPresentations(presentations as OwnPresentation[], (message) => warnings.push(message));
  }
  opened = await openPages(request);
  const { run: _run, ...listed } = opened;
  return { kind: 'opened', ...listed };
}

function failureOf(error: unknown): Extract<PageReply, { kind: 'failed' }> {
  const { message, stack = message, code, path } = error as NodeJS.ErrnoException;
  return { kind: 'failed', message, stack, code, path };
}

// Ctrl-C is for the command, which finishes what it is at; this process ends with it.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
