import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isInstalled, packageRoot } from '../package-root.ts';
import type { Pages } from './page-protocol.ts';

/** The published package brings its pages compiled; in a checkout they are compiled where their sources have changed. */
export async function loadPages(): Promise<Pages> {
  if (!isInstalled) return (await import('./page-bundle.ts')).loadPages();
  return (await import(pathToFileURL(join(packageRoot, 'lib', 'pages.mjs')).href)) as Pages;
}
