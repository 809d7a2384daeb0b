import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '../../src/effects.ts';
import { formatManifest, makeManifest, MANIFEST_NAME } from '../../src/publish/manifest.ts';
import { renderSite } from '../../src/site/render.ts';
import type { SiteSettings } from '../../src/site/site-context.ts';
import { writeSample } from '../site/sample.ts';

/** A gallery as a build leaves it, of made-up reports. @returns its folder */
export async function buildSample(folder: string, settings?: SiteSettings): Promise<string> {
  const { dataDir, assetsDir } = await writeSample(folder, { images: 2, filters: 4, layers: 1, size: 24 });
  const dist = join(folder, 'dist');
  await renderSite({ dataDir, outDir: dist, log: silentLogger, settings });
  await cp(dataDir, dist, {
    recursive: true,
    filter: (path) => !/\.\w+$/.test(path) || /(?:report|panels\/.*)\.json$/.test(path),
  });
  await cp(assetsDir, join(dist, 'assets'), { recursive: true });
  await writeFile(join(dist, MANIFEST_NAME), formatManifest(makeManifest(dist)));
  return dist;
}
