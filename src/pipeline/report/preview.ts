import { codeVersion } from '../../code-version.ts';
import type { Cover, Report, View } from '../../schema/report.ts';
import { keyOf } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import { coverOf, thumbnailOf } from '../render/cover.ts';
import type { ChooseCover } from '../render/cover.ts';
import { areThere, watchStore } from '../results/used-entries.ts';
import type { UsedEntries } from '../results/used-entries.ts';

/** Raise it when previews are chosen in another way. */
const PREVIEW_VERSION = 2;
/** Of records. */
const PREVIEW_RECORD = 'preview';

/** What stands for a report and its views elsewhere: chosen from the panels of all views, which is worth keeping. */
interface Preview {
  readonly cover: Cover;
  readonly thumbnail?: Cover;
  /** By the ids of views. */
  readonly views: readonly (readonly [id: string, thumbnail: Cover])[];
}

/** The report with its cover, and with what its cards and those of its views show. */
export async function withPreview(report: Report, chooseCover: ChooseCover, store: Store): Promise<Report> {
  const key = previewKey(report, store);
  const { cover, thumbnail, views } =
    (key === undefined ? undefined : await findPreview(store, key)) ??
    (await makePreview(report, chooseCover, store, key));
  const faces = new Map(views);
  const experiment = { ...report.experiment, cover, ...(thumbnail ? { thumbnail } : {}) };
  const shown = report.views.map((view): View => {
    const face = faces.get(view.id);
    return face ? { ...view, thumbnail: face } : view;
  });
  return { ...report, experiment, views: shown };
}

/** Undefined where nothing is kept: panels that the report itself lists are soon chosen from. */
function previewKey(report: Report, { siteSums }: Store): string | undefined {
  const lists = report.views.flatMap(({ panelFiles = [] }) =>
    panelFiles.map(({ src }) => siteSums.get(`${report.experiment.id}/${src}`)),
  );
  if (lists.length === 0 || lists.includes(undefined)) return undefined;
  return keyOf({ version: [PREVIEW_VERSION, codeVersion], report: withoutText(report), lists });
}

/** Without what is edited most, of which previews show nothing. */
function withoutText({ experiment, views, ...rest }: Report): unknown {
  const { narrative: _narrative, chapters: _chapters, source: _source, ...shown } = experiment;
  const others = views.map(({ title: _title, picture: _picture, ...view }) => view);
  return { ...rest, experiment: shown, views: others };
}

async function findPreview(store: Store, key: string): Promise<Preview | undefined> {
  const kept = (await store.readRecord(PREVIEW_RECORD, key)) as
    { readonly preview: Preview; readonly entries: UsedEntries } | undefined;
  return kept && (await areThere(store, kept.entries)) ? kept.preview : undefined;
}

async function makePreview(
  report: Report,
  chooseCover: ChooseCover,
  whole: Store,
  key: string | undefined,
): Promise<Preview> {
  const { store, entries } = watchStore(whole);
  const content = await chooseCover(report, store.siteFolder);
  const cover = await coverOf(report, content, store);
  const thumbnail = content.thumbnail && (await thumbnailOf(content.thumbnail, store));
  const views: [string, Cover][] = [];
  for (const { id } of report.views) {
    const shown = content.views?.get(id);
    if (shown) views.push([id, await thumbnailOf(shown, store)]);
  }
  const preview: Preview = { cover, ...(thumbnail ? { thumbnail } : {}), views };
  const used = await entries();
  if (key !== undefined && used) await whole.writeRecord(PREVIEW_RECORD, key, { preview, entries: used });
  return preview;
}
