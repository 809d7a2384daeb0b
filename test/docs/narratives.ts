/** Links of a narrative, which count from the overview page of its report. */
import { formatProblem } from '../../src/errors.ts';
import { parseChapter, parseNarrative } from '../../src/schema/narrative.ts';
import type { Page } from './markdown.ts';

/** Pages of a report that a narrative can name. */
const ROUTES = [
  /^report\.json$/,
  /^layers\/[\w~-]+\/(?:\d+\/)?index\.html$/,
  /^images\/[\w~-]+\/index\.html$/,
  /^chapters\/[\w-]+\/index\.html$/,
  // Another report of the gallery.
  /^\.\.\/[\w-]+\/index\.html$/,
];

/**
 * What `filterscope check` finds, and links to pages that no report has.
 * @param views ids of the experiment's views
 */
export function checkNarrative({ file, links }: Page, text: string, views: readonly string[]): string[] {
  const parse = /^content\/[^/]+\//.test(file) ? parseChapter : parseNarrative;
  const { problems } = parse({ text, shownFile: file, views });
  const lost = links
    .filter(({ target }) => !/^[a-z]+:|^#/.test(target))
    .filter(({ target }) => !ROUTES.some((route) => route.test(target.split('#', 1)[0]!)))
    .map(({ line, target }) => `${file}:${line}: no report has a page ${target}`);
  return [...problems.map(formatProblem), ...lost];
}
