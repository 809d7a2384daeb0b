import type { Report, View } from '../schema/report.ts';
import { reads, recordRead } from './reads.ts';
import { recipeHead } from './recipe.ts';
import { markOf, type Titles } from './title-slots.ts';

/**
 * What few pages of a report show and what is edited most: its text, its file, and the titles of its views and their figures, which have them
 * on them. Each counts as read only where it is asked for, so that another title renders the pages that show it, and no others.
 */

/** What holds text: the overview, and each chapter. */
const holders = ({ experiment }: Report) => [experiment, ...(experiment.chapters ?? [])];

/** The report without those parts, and each of them by its name in reads.ts; all as strings. */
export function splitReport(report: Report): {
  readonly rest: string;
  readonly parts: Readonly<Record<string, string>>;
} {
  const { experiment, views } = report;
  const { id, source } = experiment;
  const chapters = experiment.chapters?.map((chapter) => ({ ...chapter, narrative: [] }));
  const pictures = views.map(({ id: view, picture }) => [reads.picture(id, view), JSON.stringify(picture)]);
  return {
    rest: JSON.stringify({
      ...report,
      experiment: { ...experiment, narrative: [], chapters, source: '' },
      views: views.map((view) => ({ ...view, title: '', picture: null })),
    }),
    parts: {
      [reads.text(id)]: JSON.stringify(holders(report).map(({ narrative }) => narrative)),
      [reads.source(id)]: source,
      [reads.recipe(id)]: recipeHead(source),
      ...titlesOf(report),
      ...(Object.fromEntries(pictures) as Record<string, string>),
    },
  };
}

/** Titles of its views. */
export const titlesOf = ({ experiment: { id }, views }: Report): Titles =>
  Object.fromEntries(views.map((view) => [reads.title(id, view.id), view.title]));

/**
 * Which reports are on the same network as each, by the names that pages read this under.
 * @param reports those that are ready
 */
export function networksOf(reports: readonly Report[]): Record<string, string> {
  const network = ({ experiment, model }: Report): string => model.network ?? `only ${experiment.id}`;
  const groups = new Map<string, string[]>();
  for (const report of reports)
    groups.set(network(report), [...(groups.get(network(report)) ?? []), report.experiment.id]);
  return Object.fromEntries(
    reports.map((report) => [
      reads.network(report.experiment.id),
      groups.get(network(report))!.sort().join('\n'),
    ]),
  );
}

/** Has reads of those parts recorded. @returns the report itself */
export function recordingParts(report: Report): Report {
  const { id } = report.experiment;
  for (const holder of holders(report)) record(holder, 'narrative', reads.text(id));
  record(report.experiment, 'source', reads.source(id));
  for (const view of report.views) {
    recordTitle(view, reads.title(id, view.id));
    record(view, 'picture', reads.picture(id, view.id));
  }
  return report;
}

function record<T extends object>(holder: T, key: keyof T, name: string): void {
  const value = holder[key];
  Object.defineProperty(holder, key, {
    enumerable: true,
    get() {
      recordRead(name);
      return value;
    },
  });
}

function recordTitle(view: View, name: string): void {
  const { title } = view;
  Object.defineProperty(view, 'title', {
    enumerable: true,
    get() {
      const mark = markOf(name);
      if (mark !== undefined) return mark;
      recordRead(name);
      return title;
    },
  });
}
