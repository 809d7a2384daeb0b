import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import pLimit from 'p-limit';
import { fileSize } from '../byte-size.ts';
import type { Logger } from '../effects.ts';
import type { ExperimentPlan } from '../pipeline/plan/plan.ts';
import { removeOut } from '../publish/swap.ts';
import { checkCacheFolder, listNames } from '../store/cache-folder.ts';
import { takeRemovalLease, type Holder } from '../store/leases.ts';
import { empty, prune, type Needed, type Pruned } from '../store/prune.ts';
import { listReports, projectOf } from '../store/reports.ts';
import { openCache } from '../store/open-cache.ts';
import { lookIntoStore } from '../store/shared/join-store.ts';
import { openStore, USE_MARKED_EVERY, type Store } from '../store/store.ts';
import { sweepTemporary } from '../store/temporary.ts';
import { cleanStore } from './clean-store.ts';
import { galleryOptions } from './gallery-request.ts';
import { defineWork, type Task } from './shell.ts';

export function defineClean(program: Command): void {
  const command = program
    .command('clean')
    .description('remove the cached results and the gallery, but no downloaded weights')
    .option('--unused', 'remove only what no experiment needs')
    .option('--older-than <days>', 'of the shared store, only what nobody has used for so long', days);
  defineWork(command, async (task) => {
    // Nothing is removed before it is known that it is ours.
    const isThere = (await checkCacheFolder(task.options.cache)) !== 'absent';
    await (task.own['unused'] ? removeUnused(task) : removeAll(task, isThere));
    return 0;
  });
}

async function removeAll({ options, effects: { log }, signal }: Task, isThere: boolean): Promise<void> {
  const { cache, out, store } = options;
  if (isThere) await removeResults(cache, log);
  const stays = await removeOut(out, { command: 'clean', signal, tell: log.info });
  if (stays.length > 0)
    log.warn(`\`${out}\` contains files that no build wrote, and they are kept: ${listNames(stays)}.`);
  log.info('Removed the cached results and the gallery. `npx filterscope build` makes them again.');
  if (store !== undefined) log.info(`The shared store is kept: \`${store}\`.`);
}

async function removeResults(cache: string, log: Logger): Promise<void> {
  const { lease, others } = await takeRemovalLease(cache, 'clean');
  try {
    await sweepTemporary(cache, { ended: new Set(), running: new Set(others.map(({ pid }) => pid)) });
    const assets = await assetsOfHolders(others);
    const usedSince = oldestUse(others);
    warnOfForeign(await empty(openStore(cache), { usedSince, assets }), cache, log);
    reportOthers(others, log);
  } finally {
    await lease.release();
  }
}

async function removeUnused(task: Task): Promise<void> {
  const { options, effects, signal } = task;
  const { prepare } = await import('../pipeline/plan/prepare.ts');
  const { replanFor } = await import('../pipeline/plan/plan.ts');
  const shared = options.store === undefined ? undefined : await lookIntoStore(options.store);
  const store = openCache(options.cache, { shared });
  const { planned, all } = await prepare([], galleryOptions(options), effects, store, undefined, signal);
  // Results of every backend that was used here: who builds with one now may go back to another.
  const families = await knownFamilies(store);
  const jobs = planned
    .flatMap(({ plan }) => [plan, ...families.map((family) => replanFor(plan, family))])
    .flatMap((plan) => plan.views.flatMap((view) => view.jobs));
  const experiments = new Set(all.map(({ id }) => id));
  const project = projectOf(options.cache, options.experiments);
  const { lease, others } = await takeRemovalLease(options.cache, 'clean --unused');
  let needed: Needed;
  try {
    const swept = await sweepTemporary(options.cache, {
      ended: new Set(),
      running: new Set(others.map(({ pid }) => pid)),
    });
    const assets = await assetsOf(store, project, experiments);
    for (const asset of await assetsOfJobs(store, jobs)) assets.add(asset);
    for (const asset of await assetsOfHolders(others)) assets.add(asset);
    needed = {
      raw: new Set(jobs.map(({ key }) => key)),
      partial: {
        images: new Set(planned.flatMap(({ plan }) => plan.images.images.map(({ key }) => key))),
        layers: new Set(planned.flatMap(({ plan }) => layersOf(plan))),
      },
      assets,
      records: await recordsAbout(store, assets, new Set(jobs.map(({ key }) => key))),
      ...{ experiments, project },
    };
    const pruned = await prune(store, needed, oldestUse(others));
    const files = swept.files + pruned.files;
    const bytes = swept.bytes + pruned.bytes;
    effects.log.info(`Removed ${files} unused files (${fileSize(bytes)}).`);
    warnOfForeign(pruned, options.cache, effects.log);
    reportOthers(others, effects.log);
  } finally {
    await lease.release();
    await shared?.leave();
  }
  if (options.store !== undefined) await cleanStore(task, options.store, needed);
}

function days(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It must be a number of days.');
  return value;
}

/** Others may rely on whatever they found since they began, which was dated then or not long before. */
function oldestUse(others: readonly Holder[]): number | undefined {
  if (others.length === 0) return undefined;
  const begun = others.flatMap(({ since }) => (since === undefined ? [] : [since]));
  // Twice: clocks of hosts and of the disk may differ.
  return Math.min(Date.now(), ...begun.map((since) => since - 2 * USE_MARKED_EVERY));
}

function reportOthers(others: readonly Holder[], log: Logger): void {
  if (others.length === 0) return;
  const names = others.map(({ command, pid }) => `\`${command}\` (process ${pid})`).join(', ');
  log.info(`Results in use are kept: ${names}.`);
}

function warnOfForeign({ foreign }: Pruned, cache: string, log: Logger): void {
  if (foreign.length > 0)
    log.warn(
      `\`${cache}\` contains files that Filterscope did not write, and they are kept: ${listNames(foreign)}.`,
    );
}

/** Fingerprints of the layers that any view looks at. */
function layersOf({ source, views }: ExperimentPlan): string[] {
  const layers = views.flatMap(({ jobs }) => jobs.flatMap((job) => job.layers));
  return [...new Set(layers)].map((layer) => source.fingerprint(layer));
}

const assetName = /\b[0-9a-f]{24}\.[a-z0-9]+\b/g;

async function knownFamilies(store: Store): Promise<string[]> {
  const keys = await store.listRecords('backend');
  const records = await Promise.all(keys.map((key) => store.readRecord('backend', key)));
  return (records as ({ readonly family: string } | undefined)[]).flatMap((record) => record?.family ?? []);
}

/** Names of all assets that the experiments' reports and lists of panels lead to. */
async function assetsOf(
  store: Store,
  project: string,
  experiments: ReadonlySet<string>,
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const report of await listReports(store.folder)) {
    if (report.project !== project || !experiments.has(report.id)) continue;
    for (const path of report.files) {
      const text = await readFile(path, 'utf8').catch(() => '');
      for (const [name] of text.matchAll(assetName)) found.add(name);
    }
  }
  return found;
}

/** Names of the files that results have beside their numbers: no report names them where none was built here. */
async function assetsOfJobs(store: Store, jobs: readonly { readonly key: string }[]): Promise<string[]> {
  const { findJob, filesIn } = await import('../pipeline/results/stored-job.ts');
  const someAtOnce = pLimit(16);
  const found = jobs.map(({ key }) => someAtOnce(() => findJob(store, key)));
  return (await Promise.all(found)).flatMap((job) => (job ? filesIn(job) : []));
}

/** The same of the reports that other processes render or serve. */
async function assetsOfHolders(holders: readonly Holder[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const { siteFolder } of holders) {
    for (const path of await readdir(siteFolder, { recursive: true }).catch(() => [])) {
      if (!path.endsWith('.json')) continue;
      const text = await readFile(join(siteFolder, path), 'utf8').catch(() => '');
      for (const [name] of text.matchAll(assetName)) found.add(name);
    }
  }
  return found;
}

/** Sound records that speak of no asset but these: a record of something drawn is of no use without the drawing. */
async function recordsAbout(
  store: Store,
  assets: ReadonlySet<string>,
  jobs: ReadonlySet<string>,
): Promise<Set<string>> {
  const { JOB_RECORD } = await import('../pipeline/results/stored-job.ts');
  const found = new Set<string>();
  for (const kind of await readdir(join(store.folder, 'records')).catch(() => [])) {
    for (const key of await store.listRecords(kind)) {
      if (kind === JOB_RECORD && !jobs.has(key)) continue;
      const record = await store.readRecord(kind, key);
      if (record === undefined) continue;
      const named = [...JSON.stringify(record).matchAll(assetName)].map(([name]) => name);
      if (named.every((name) => assets.has(name))) found.add(`${kind}/${key}`);
    }
  }
  return found;
}
