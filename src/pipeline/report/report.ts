import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Problem } from '../../errors.ts';
import { gallerySchema, reportSchema } from '../../schema/report.ts';
import type { Gallery, Report, View } from '../../schema/report.ts';
import type { Store } from '../../store/store.ts';
import type { ExperimentPlan, SkippedPlan } from '../plan/plan.ts';
import type { TechniqueError } from '../../techniques/technique-error.ts';
import { assetSrc } from '../render/report-panels.ts';
import type { BackendFacts } from '../compute/protocol.ts';
import { withPreview } from './preview.ts';
import type { ChooseCover } from '../render/cover.ts';

export interface ReportFacts {
  readonly version: string;
  readonly backend: Pick<BackendFacts, 'name' | 'device' | 'version'>;
  readonly jobs: number;
  readonly warnings: readonly string[];
  readonly failures: readonly {
    readonly view: string;
    readonly title: string;
    readonly error: TechniqueError;
  }[];
}

/**
 * Writes an experiment's report to where the site is rendered from; lists of panels that it does not name go.
 * @param chooseCover what its cover shows; it has none where this is absent
 */
export async function writeReport(
  { experiment, narrative, source, images }: ExperimentPlan,
  views: readonly View[],
  facts: ReportFacts,
  store: Store,
  chooseCover?: ChooseCover,
): Promise<void> {
  const { id, title, source: text, seed } = experiment;
  const [height, width, channels] = source.network.inputShape;
  const assets = await images.assets();
  const report: Report = {
    schemaVersion: 2,
    experiment: {
      ...{ id, title, source: text },
      ...(narrative.description === undefined ? {} : { description: narrative.description }),
      narrative: [...narrative.blocks],
      ...(narrative.chapters.length === 0
        ? {}
        : {
            chapters: narrative.chapters.map(({ blocks, units: _linked, ...chapter }) => ({
              ...chapter,
              narrative: [...blocks],
            })),
          }),
    },
    model: {
      name: source.network.name,
      network: source.identity,
      format: source.network.format,
      inputShape: [height, width, channels],
      parameters: source.parameters,
      weightsSha256: source.weightsSha256,
      ...(source.classes ? { classes: [...source.classes] } : {}),
      layers: [...source.layers],
    },
    images: images.images.map(({ id: image, file, name, class: label, width, height }, index) => ({
      ...{ id: image, file, name },
      ...(label === undefined ? {} : { class: label }),
      ...{ width, height, src: assetSrc(assets[index]!) },
    })),
    skipped: images.skipped.map(({ file, reason }) => ({ file, reason })),
    warnings: [...facts.warnings],
    views: [...views],
    ...(facts.failures.length === 0
      ? {}
      : {
          failedViews: facts.failures.map(({ view, title: name, error }) => ({
            ...{ id: view, title: name, technique: error.technique, reason: withoutLocation(error.reason) },
          })),
        }),
    provenance: {
      version: facts.version,
      backend: { name: facts.backend.name, device: facts.backend.device, version: facts.backend.version },
      node: process.version,
      seed,
      units: facts.jobs,
    },
  };
  const checked = reportSchema.parse(chooseCover ? await withPreview(report, chooseCover, store) : report);
  await store.writeSite(join(id, 'report.json'), `${JSON.stringify(checked)}\n`);
  const lists = checked.views.flatMap(({ panelFiles }) => panelFiles ?? []);
  await dropOthers(join(store.siteFolder, id, 'panels'), new Set(lists.map(({ src }) => basename(src))));
}

/** Paths are the business of the machine that built the report. */
const withoutLocation = (reason: string): string => reason.replace(/ \([^()]*:\d+:\d+\)$/, '');

async function dropOthers(folder: string, keep: ReadonlySet<string>): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) {
    if (!keep.has(name)) await rm(join(folder, name), { force: true });
  }
}

export type GalleryEntry = Gallery['experiments'][number];

export function skippedEntry({ experiment, narrative, notice }: SkippedPlan): GalleryEntry {
  const { id, title, source } = experiment;
  return {
    ...{ status: 'skipped', id, title, source },
    ...(narrative.group === undefined ? {} : { group: narrative.group }),
    ...(narrative.description === undefined ? {} : { description: narrative.description }),
    notice: notice.map(publicNotice).join('\n'),
  };
}

/** For readers of the gallery: what is missing and how to get it, without places on the machine that built it. */
function publicNotice({ what, hint }: Problem): string {
  return [what, hint].filter(Boolean).join('\n');
}

export async function writeGallery(experiments: GalleryEntry[], store: Store): Promise<void> {
  const gallery = gallerySchema.parse({ schemaVersion: 1, experiments });
  await store.writeSite('gallery.json', `${JSON.stringify(gallery, undefined, 1)}\n`);
}
