import type { Logger } from '../effects.ts';
import { astroConfig, loadAstro } from './astro-config.ts';
import { devIntegration, type DevIntegrationOptions } from './integration.ts';
import { createHostCheck, type HostOptions } from './hosts.ts';
import type { RunningServer } from './preview.ts';
import { packageVersion } from './render.ts';
import { DEV_NAMES } from './static-files.ts';
import { setSiteContext, type SiteSettings } from './site-context.ts';

export interface DevOptions extends Omit<DevIntegrationOptions, 'answers'>, Partial<HostOptions> {
  /** For Astro's and Vite's own files. Absolute, as all folders here. */
  readonly cacheDir: string;
  /** The next free one is taken where this one is not. */
  readonly port: number;
  readonly log: Logger;
  readonly settings?: SiteSettings | undefined;
}

/**
 * Serves the gallery from the data folder, and rebuilds it when something it is made of changes. The data folder must hold a
 * gallery when this is called; every later one must have been checked by `rebuild`.
 */
export async function serveDev(options: DevOptions): Promise<RunningServer> {
  const { dataDir, cacheDir, host = 'localhost', allowedHosts = [], port, settings } = options;
  const answers = createHostCheck({ host, allowedHosts });
  const integration = devIntegration({ ...options, answers });
  const astro = await loadAstro();
  setSiteContext({ ...settings, dataDir, version: await packageVersion(), dev: true, ...DEV_NAMES });
  const server = await astro.dev({
    ...astroConfig(cacheDir),
    // A page that is gone with its experiment is no news for the terminal.
    logLevel: 'error',
    server: { host, port, allowedHosts: [...allowedHosts] },
    integrations: [integration],
  });
  const { port: actual } = server.address;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${actual}/`,
    async close() {
      await integration.close();
      await server.stop();
    },
  };
}
