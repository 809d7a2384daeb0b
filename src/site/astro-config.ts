import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AstroInlineConfig } from 'astro';
import { packageRoot } from '../package-root.ts';

export interface SiteConfig {
  /** Folder with gallery.json. Absolute, as all folders here. */
  readonly dataDir: string;
  readonly outDir: string;
  readonly cacheDir: string;
  readonly version: string;
}

/** What build and dev have in common. No configuration file is read, nothing is sent anywhere, nothing is guessed. */
export function astroConfig({ dataDir, outDir, cacheDir, version }: SiteConfig): AstroInlineConfig {
  const site = join(packageRoot, 'src', 'site');
  return {
    configFile: false,
    root: site,
    srcDir: site,
    publicDir: join(site, 'no-public-folder'),
    outDir: pathToFileURL(`${outDir}/`).href,
    cacheDir: pathToFileURL(`${join(cacheDir, 'astro')}/`).href,
    output: 'static',
    logLevel: 'warn',
    trailingSlash: 'ignore',
    compressHTML: true,
    build: { format: 'directory', inlineStylesheets: 'always', assets: 'assets' },
    devToolbar: { enabled: false },
    vite: {
      cacheDir: join(cacheDir, 'vite'),
      logLevel: 'warn',
      define: { __FILTERSCOPE__: JSON.stringify({ dataDir, version }) },
      build: { emptyOutDir: false },
    },
  };
}

/** Astro, with its telemetry and its look for newer versions switched off before it is loaded. */
export async function loadAstro(): Promise<typeof import('astro')> {
  process.env['ASTRO_TELEMETRY_DISABLED'] = '1';
  process.env['ASTRO_DISABLE_UPDATE_CHECK'] = 'true';
  return import('astro');
}
