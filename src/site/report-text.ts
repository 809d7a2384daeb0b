import type { Report } from '../schema/report.ts';
import { reads, recordRead } from './reads.ts';

/**
 * The text of a report, which few of its pages show and which is edited most: it counts as read only where it is asked for, so that an
 * edit renders the overview and the chapters, and no page of a unit or image.
 */

/** What holds text: the overview, and each chapter. */
const holders = ({ experiment }: Report) => [experiment, ...(experiment.chapters ?? [])];

/** The report and its text apart, as strings. */
export function splitText(report: Report): { readonly rest: string; readonly text: string } {
  const { experiment } = report;
  const chapters = experiment.chapters?.map((chapter) => ({ ...chapter, narrative: [] }));
  return {
    rest: JSON.stringify({ ...report, experiment: { ...experiment, narrative: [], chapters } }),
    text: JSON.stringify(holders(report).map(({ narrative }) => narrative)),
  };
}

/** Has reads of the report's text recorded. @returns the report itself */
export function recordingText(report: Report): Report {
  const { id } = report.experiment;
  for (const holder of holders(report)) {
    const { narrative } = holder;
    Object.defineProperty(holder, 'narrative', {
      enumerable: true,
      get() {
        recordRead(reads.text(id));
        return narrative;
      },
    });
  }
  return report;
}
