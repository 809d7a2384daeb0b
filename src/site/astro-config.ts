import { join } from 'node:path';
import type { AstroInlineConfig, dev } from 'astro';
import { packageRoot } from '../package-root.ts';

export interface SiteConfig {
  /** Folder with gallery.json. Absolute, as all folders here. */
  readonly dataDir: string;
  readonly outDir: string;
  readonly cacheDir: string;
  readonly version: string;
  /** Names of the style sheet, the script and the program's mark below assets/. */
  readonly style: string;
  readonly script: string;
  readonly mark: string;
  /** True where pages are served while they are being made. */
  readonly dev?: boolean;
}

/** What build and dev have in common. No configuration file is read, nothing is sent anywhere, nothing is guessed. */
export function astroConfig({
  dataDir,
  outDir,
  cacheDir,
  dev = false,
  ...told
}: SiteConfig): AstroInlineConfig {
  const site = join(packageRoot, 'src', 'site');
  return {
    configFile: false,
    root: site,
    srcDir: site,
    publicDir: join(site, 'no-public-folder'),
    outDir,
    cacheDir: join(cacheDir, 'astro'),
    output: 'static',
    logLevel: 'warn',
    trailingSlash: 'ignore',
    compressHTML: true,
    build: { format: 'directory', inlineStylesheets: 'always', assets: 'assets' },
    devToolbar: { enabled: false },
    vite: {
      cacheDir: join(cacheDir, 'vite'),
      logLevel: 'warn',
      define: { __FILTERSCOPE__: JSON.stringify({ dataDir, dev, ...told }) },
      build: { emptyOutDir: false },
    },
  };
}

/** Environment in which Astro sends nothing out and looks for no newer version of itself. Read when it is loaded. */
export const QUIET_ASTRO = { ASTRO_TELEMETRY_DISABLED: '1', ASTRO_DISABLE_UPDATE_CHECK: 'true' } as const;

export async function loadAstro(): Promise<{ readonly dev: typeof dev }> {
  Object.assign(process.env, QUIET_ASTRO);
  return import('astro');
}
