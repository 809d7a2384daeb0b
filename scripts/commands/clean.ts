import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { ExperimentPlan } from '../../src/pipeline/plan.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { isForeign } from './gallery-folder.ts';
import { galleryOptions } from './gallery-request.ts';
import { defineWork, type Task } from './shell.ts';

/** Folders of the cache that a build makes again; downloaded weights are not among them. */
const remade = ['raw', 'memo', 'records', 'assets', 'site', 'astro', 'vite'];

export function defineClean(program: Command): void {
  const command = program
    .command('clean')
    .description('remove kept results and the gallery; downloaded weights stay')
    .option('--unused', 'remove only what no experiment needs any more');
  defineWork(command, async (task) => {
    await (task.own['unused'] ? removeUnused(task) : removeAll(task));
    return 0;
  });
}

async function removeAll({ options: { cache, out }, effects }: Task): Promise<void> {
  for (const name of remade) await rm(join(cache, name), { recursive: true, force: true });
  // Only a gallery: --out may name anything.
  if (await isForeign(out)) {
    effects.log.warn(`${out} is not a gallery and stays`);
  } else {
    await rm(out, { recursive: true, force: true });
  }
  effects.log.info('Kept results and the gallery are gone; npm run build makes them again.');
}

async function removeUnused({ options, effects, signal }: Task): Promise<void> {
  const { prepare } = await import('../../src/pipeline/prepare.ts');
  const { replanFor } = await import('../../src/pipeline/plan.ts');
  const { prune } = await import('../../src/store/prune.ts');
  const store = openStore(options.cache);
  const { planned, all } = await prepare([], galleryOptions(options), effects, store, undefined, signal);
  // Results of every backend that was used here: who builds with one now may go back to another.
  const families = await knownFamilies(store);
  const units = planned
    .flatMap(({ plan }) => [plan, ...families.map((family) => replanFor(plan, family))])
    .flatMap((plan) => plan.views.flatMap((view) => view.units));
  const experiments = new Set(all.map(({ id }) => id));
  const assets = await assetsOf(store, experiments);
  const { files, bytes } = await prune(store, {
    raw: new Set(units.map(({ key }) => key)),
    memo: {
      pictures: new Set(planned.flatMap(({ plan }) => plan.images.images.map(({ key }) => key))),
      layers: new Set(planned.flatMap(({ plan }) => layersOf(plan))),
    },
    assets,
    records: await recordsAbout(store, assets),
    experiments,
  });
  effects.log.info(`${files} unused files removed, ${(bytes / 1e6).toFixed(1)} MB`);
}

/** Fingerprints of the layers that any view looks at. */
function layersOf({ source, views }: ExperimentPlan): string[] {
  const layers = views.flatMap(({ units }) => units.flatMap((unit) => unit.layers));
  return [...new Set(layers)].map((layer) => source.fingerprint(layer));
}

const assetName = /\b[0-9a-f]{24}\.[a-z0-9]+\b/g;

async function knownFamilies(store: Store): Promise<string[]> {
  const keys = await store.listRecords('backend');
  const records = await Promise.all(keys.map((key) => store.readRecord('backend', key)));
  return (records as ({ readonly family: string } | undefined)[]).flatMap((record) => record?.family ?? []);
}

/** Names of all assets that the experiments' reports and lists of panels lead to. */
async function assetsOf(store: Store, experiments: ReadonlySet<string>): Promise<Set<string>> {
  const found = new Set<string>();
  for (const id of experiments) {
    const folder = join(store.siteFolder, id);
    for (const path of await readdir(folder, { recursive: true }).catch(() => [])) {
      if (!path.endsWith('.json')) continue;
      const text = await readFile(join(folder, path), 'utf8').catch(() => '');
      for (const [name] of text.matchAll(assetName)) found.add(name);
    }
  }
  return found;
}

/** Sound records that speak of no asset but these: a record of something drawn is of no use without the drawing. */
async function recordsAbout(store: Store, assets: ReadonlySet<string>): Promise<Set<string>> {
  const found = new Set<string>();
  for (const kind of await readdir(join(store.folder, 'records')).catch(() => [])) {
    for (const key of await store.listRecords(kind)) {
      const record = await store.readRecord(kind, key);
      if (record === undefined) continue;
      const named = [...JSON.stringify(record).matchAll(assetName)].map(([name]) => name);
      if (named.every((name) => assets.has(name))) found.add(`${kind}/${key}`);
    }
  }
  return found;
}
