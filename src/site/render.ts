import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../effects.ts';
import { packageRoot } from '../package-root.ts';
import { pluginCode } from '../plugins.ts';
import { gallerySchema, reportSchema, RESERVED_FOLDERS } from '../schema/report.ts';
import type { Report } from '../schema/report.ts';
import { findKnown } from './kept-pages.ts';
import type { KeptPages, PartNote, RenderNotes } from './kept-pages.ts';
import { startPageProcess } from './page-child.ts';
import type { Listed, RenderRequest } from './page-protocol.ts';
import { titlesOf } from './report-parts.ts';
import { placeStatics } from './place-statics.ts';
import { Shares } from './shares.ts';
import type { SiteSettings } from './site-context.ts';
import { takeParts } from './take-parts.ts';
import type { Titles } from './title-slots.ts';

export interface RenderOptions {
  /** Folder with gallery.json, <id>/report.json and <id>/panels/. Absolute, as all folders here. */
  readonly dataDir: string;
  /** Where the pages go; what else lies there stays. */
  readonly outDir: string;
  readonly log: Logger;
  readonly settings?: SiteSettings | undefined;
  /** What is known of pages that were rendered before; all are rendered where it is absent. */
  readonly kept?: KeptPages | undefined;
  /** One that was started before, to be used up; a new one if there is none. */
  readonly renderer?: Renderer | undefined;
}

/**
 * Writes every page of the gallery, its style sheet, script and fonts. Reports and their images are not copied: that
 * is the business of whoever wrote them.
 * @throws when the data folder does not hold what its schema says, or a page fails; some pages are written then
 */
export async function renderSite(options: RenderOptions): Promise<Rendered> {
  const { dataDir, outDir, log, settings, kept = NOTHING_KEPT, renderer = startRenderer() } = options;
  try {
    const { isLarge, titles } = await checkData(dataDir);
    const known = findKnown(kept);
    const statics = await placeStatics(outDir, kept);
    const site = { ...settings, dataDir, version: await packageVersion(), ...statics.names, dev: false };
    const { siteKey, digests, before } = kept;
    const taking = async (names: readonly string[]): Promise<RenderNotes['parts']> =>
      before ? takeParts(names, before, { digests, titles, outDir }) : {};
    if (before && known.only?.length === 0) {
      const parts = await taking(Object.keys(known.known));
      const pages = Object.keys(parts).filter((name) => name.endsWith('.html')).length;
      return { pages, rendered: 0, notes: { ...before.notes, digests, parts, statics } };
    }
    const request = { site, outDir, known, titles, plugins: pluginCode() };
    const { pages, rendered, parts, units, list } = await renderer.render(request, { isLarge, log, taking });
    return { pages, rendered, notes: { siteKey, digests, list, parts, ...(units && { units }), statics } };
  } finally {
    renderer.stop();
  }
}

export interface Rendered {
  readonly pages: number;
  /** Of them; the others were taken from the gallery before. */
  readonly rendered: number;
  /** For the next time. */
  readonly notes: RenderNotes;
}

const NOTHING_KEPT: KeptPages = { siteKey: '', digests: {} };

export interface RendererOptions {
  /** Some of its views have their panels in files of their own. */
  readonly isLarge: boolean;
  readonly log: Logger;
  /** Takes parts of the gallery before over, while others are rendered. */
  taking(names: readonly string[]): Promise<RenderNotes['parts']>;
}

export interface RenderedParts extends Pick<Listed, 'pages' | 'rendered' | 'units' | 'list'> {
  readonly parts: RenderNotes['parts'];
}

/** Renders one gallery, in several processes where it has many pages. */
export interface Renderer {
  /** Starts more processes where there will be many tasks. */
  expect?(options: Pick<RendererOptions, 'isLarge'>): void;
  render(request: RenderRequest, options: RendererOptions): Promise<RenderedParts>;
  /** Ends it, whatever it is at. */
  stop(): void;
}

/** More processes would each read every report; a disk takes no more pages at once either. */
const MOST_PROCESSES = 4;

/** Tasks for which another process is worth its start: it takes as long as about a hundred pages. */
const TASKS_PER_PROCESS = 16;

/** Starts a process that loads the pages and then waits for a gallery. */
export function startRenderer(): Renderer {
  const processes = [startPageProcess()];
  const startMore = (most: number): void => {
    const count = Math.min(availableParallelism(), MOST_PROCESSES, most);
    while (processes.length < count) processes.push(startPageProcess());
  };
  const expect = ({ isLarge }: Pick<RendererOptions, 'isLarge'>): void => {
    if (isLarge) startMore(MOST_PROCESSES);
  };
  return {
    expect,
    async render(request, { isLarge, log, taking }) {
      const { only } = request.known;
      // They read the reports meanwhile.
      if (!only || only.length > TASKS_PER_PROCESS) expect({ isLarge });
      const opening = processes.map((each, at) => each.open({ ...request, isFirst: at === 0 }));
      const { tasks, taken, ...listed } = (await Promise.all(opening))[0]!;
      startMore(Math.ceil(tasks / TASKS_PER_PROCESS));
      const warnings = new Set<string>();
      const parts: Record<string, PartNote> = {};
      const shares = new Shares(tasks, processes.length);
      const rendering = processes.map(async (each, index) => {
        if (index >= opening.length) await each.open({ ...request, isFirst: false });
        for (let task = shares.next(index); task !== undefined; task = shares.next(index)) {
          const done = await each.run(task);
          for (const warning of done.warnings) warnings.add(warning);
          Object.assign(parts, done.notes);
        }
      });
      const [takenParts] = await Promise.all([taking(taken), ...rendering]);
      for (const each of processes) for (const line of each.output()) warnings.add(line);
      for (const warning of warnings) log.warn(warning);
      const { pages, rendered, units } = listed;
      // Parts with a warning are not noted.
      const list = warnings.size === 0 ? listed.list : undefined;
      return { pages, rendered, units, list, parts: { ...takenParts, ...parts } };
    },
    stop: () => processes.forEach((each) => each.stop()),
  };
}

interface CheckedData extends Pick<RendererOptions, 'isLarge'> {
  readonly titles: Titles;
}

/** Pages do not check what they read: it is checked here. */
export async function checkData(dataDir: string): Promise<CheckedData> {
  const read = async (path: string): Promise<unknown> =>
    JSON.parse(await readFile(join(dataDir, path), 'utf8'));
  let isLarge = false;
  const titles: Record<string, string> = {};
  const gallery = gallerySchema.parse(await read('gallery.json'));
  for (const { id, status } of gallery.experiments) {
    if (!isFolderName(id)) {
      throw new Error(`The experiment id ${JSON.stringify(id)} cannot be a folder of the gallery.`);
    }
    if (status !== 'ready') continue;
    const report = reportSchema.parse(await read(join(id, 'report.json')));
    isLarge ||= isLargeReport(report);
    Object.assign(titles, titlesOf(report));
  }
  return { isLarge, titles };
}

/** Lists of its panels are files of their own. */
export const isLargeReport = ({ views }: Pick<Report, 'views'>): boolean =>
  views.some(({ panelFiles }) => panelFiles !== undefined);

/** `assets` is where the images lie. */
function isFolderName(id: string): boolean {
  return /^[^/\\<>:"|?*]+$/.test(id) && !id.startsWith('.') && !RESERVED_FOLDERS.includes(id.toLowerCase());
}

export async function packageVersion(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
