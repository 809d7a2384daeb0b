import { formatPlace } from '../../errors.ts';
import { nearest } from '../../likeness.ts';
import type { Narrative } from '../../schema/experiment.ts';

/** Links of a report's text and its chapters to experiments that do not exist, as sentences. @param known ids of experiments */
export function missingReports({ reports = [], chapters }: Narrative, known: readonly string[]): string[] {
  const all = [...reports, ...chapters.flatMap((chapter) => chapter.reports ?? [])];
  return all
    .filter(({ report }) => !known.includes(report))
    .map(({ report, place }) => {
      const near = nearest(report, known);
      const hint = near === undefined ? '' : ` Did you mean \`${near}\`?`;
      return `${formatPlace(place)}: There is no experiment \`${report}\`: the link is shown as plain text.${hint}`;
    });
}
