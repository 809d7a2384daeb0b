import type { Report } from '../schema/report.ts';
import { reads, recordRead } from './reads.ts';
import { recipeHead } from './recipe.ts';

/**
 * What few pages of a report show and what is edited most: its text, its file, and the titles of its views with their figures, which have them
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
  const titles = views.map(({ id: view, title, picture }) => [reads.title(id, view), { title, picture }]);
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
      ...Object.fromEntries(titles.map(([name, part]) => [name, JSON.stringify(part)])),
    },
  };
}

/** Has reads of those parts recorded. @returns the report itself */
export function recordingParts(report: Report): Report {
  const { id } = report.experiment;
  for (const holder of holders(report)) record(holder, 'narrative', reads.text(id));
  record(report.experiment, 'source', reads.source(id));
  for (const view of report.views) {
    const name = reads.title(id, view.id);
    record(view, 'title', name);
    record(view, 'picture', name);
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
