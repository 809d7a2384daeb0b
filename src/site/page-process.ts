/**
 * The process that renders pages: one rendering, then it ends. Apart from the command, because Astro and Vite need this package's
 * folder for their working directory, and what they load is never unloaded. The pages are loaded while there is nothing to do yet.
 */
import { importPlugins } from '../plugins.ts';
import { loadPages } from './load-pages.ts';
import type { RenderReply, RenderRequest } from './page-protocol.ts';
import { setOwnPresentations } from './site-context.ts';
import type { OwnPresentation } from './techniques/presentation.ts';

const warnings: string[] = [];
const loading = loadPages();
// Told of when pages are asked for.
loading.catch(() => {});

process.once('message', ({ site, outDir, plugins }: RenderRequest) => {
  void loading
    .then(async ({ renderPages }) => {
      if (plugins) {
        const { presentations = [] } = await importPlugins(plugins);
        setOwnPresentations(presentations as OwnPresentation[], (message) => warnings.push(message));
      }
      return renderPages(site, outDir);
    })
    .then(
      (pages): RenderReply => ({ pages, warnings }),
      (error: unknown): RenderReply => ({ failure: failureOf(error) }),
    )
    .then((reply) => process.send!(reply, () => process.disconnect()));
});

function failureOf(error: unknown): Extract<RenderReply, { failure: unknown }>['failure'] {
  const { message, stack = message, code, path } = error as NodeJS.ErrnoException;
  return { message, stack, code, path };
}

// Ctrl-C is for the command, which finishes what it is at; this process ends with it.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
