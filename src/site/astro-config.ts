import { join } from 'node:path';
import type { AstroInlineConfig } from 'astro';
import type { build } from 'vite';
import type { getViteConfig } from 'astro/config';
import { packageRoot } from '../package-root.ts';

export const siteFolder = join(packageRoot, 'src', 'site');

/**
 * How pages are compiled. No configuration file is read, nothing is sent anywhere, nothing is guessed.
 * @param cacheDir for Astro's and Vite's own files; absolute
 */
export function astroConfig(cacheDir: string): AstroInlineConfig {
  return {
    configFile: false,
    root: siteFolder,
    srcDir: siteFolder,
    publicDir: join(siteFolder, 'no-public-folder'),
    // Nothing is written there, but Astro requires the option.
    outDir: join(cacheDir, 'astro', 'out'),
    cacheDir: join(cacheDir, 'astro'),
    output: 'static',
    logLevel: 'warn',
    trailingSlash: 'ignore',
    compressHTML: true,
    devToolbar: { enabled: false },
    vite: { cacheDir: join(cacheDir, 'vite'), logLevel: 'warn' },
  };
}

/**
 * Astro's compiler for Vite, and Vite, in an environment in which Astro sends nothing out and looks for no newer version of itself; it reads it
 * when it is loaded.
 */
export async function loadCompiler(): Promise<{
  readonly build: typeof build;
  readonly getViteConfig: typeof getViteConfig;
}> {
  Object.assign(process.env, { ASTRO_TELEMETRY_DISABLED: '1', ASTRO_DISABLE_UPDATE_CHECK: 'true' });
  const [vite, config] = await Promise.all([import('vite'), import('astro/config')]);
  return { build: vite.build, getViteConfig: config.getViteConfig };
}
