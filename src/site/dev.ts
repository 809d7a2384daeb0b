import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Logger } from '../effects.ts';
import { devPlugin, type DevPluginOptions } from './dev-plugin.ts';
import { createHostCheck, type HostOptions } from './hosts.ts';
import { loadPages } from './load-pages.ts';
import type { RunningServer } from './preview.ts';
import { packageVersion } from './render.ts';
import { DEV_NAMES } from './static-files.ts';
import { setSiteContext, type SiteSettings } from './site-context.ts';

export interface DevOptions extends Omit<DevPluginOptions, 'answers' | 'pages'>, Partial<HostOptions> {
  /** For Vite's own files. Absolute, as all folders here. */
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
  const [pages, { createServer }] = await Promise.all([loadPages(), import('vite')]);
  const plugin = devPlugin({ ...options, answers, pages });
  setSiteContext({ ...settings, dataDir, version: await packageVersion(), dev: true, ...DEV_NAMES });
  // Nothing lies there: all that is served comes from the plug-in.
  const root = join(cacheDir, 'vite', 'root');
  const server = await createServer({
    ...{ configFile: false, envDir: false, publicDir: false, appType: 'custom', logLevel: 'error' },
    ...{ root, cacheDir: join(cacheDir, 'vite'), optimizeDeps: { noDiscovery: true } },
    server: { host, port, allowedHosts: [...allowedHosts], fs: { allow: [root] } },
    plugins: [plugin],
  });
  await server.listen();
  const { port: actual } = server.httpServer!.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${actual}/`,
    async close() {
      await plugin.close();
      await server.close();
    },
  };
}
