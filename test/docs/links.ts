/** Where links of Markdown files lead, and which paths of the repository texts name. Pure. */
import { posix } from 'node:path';
import type { Page } from './markdown.ts';

/** Pages by their path from the root of the repository. */
export type Pages = ReadonlyMap<string, Page>;

/**
 * Links that lead nowhere, as `file:line: …`.
 * @param exists whether the repository has this file or folder, as a path from its root
 */
export function checkLinks(pages: Pages, exists: (path: string) => boolean): string[] {
  return [...pages.values()].flatMap((page) =>
    page.links.flatMap(({ target, line }): string[] => {
      if (/^[a-z][a-z+.-]*:/i.test(target)) return [];
      const [path = '', anchor] = target.split('#', 2).map(decodeURIComponent);
      const file = path === '' ? page.file : posix.normalize(posix.join(posix.dirname(page.file), path));
      const at = `${page.file}:${line}:`;
      if (!exists(file)) return [`${at} the link to ${target} leads nowhere: there is no ${file}`];
      if (anchor === undefined) return [];
      const slugs = pages.get(file)?.headings.map(({ slug }) => slug) ?? [];
      if (slugs.includes(anchor)) return [];
      return [`${at} ${file} has no heading #${anchor}; it has ${slugs.map((slug) => `#${slug}`).join(' ')}`];
    }),
  );
}

/** Pages that nobody reaches from `start` by links. */
export function findUnreachable(pages: Pages, start: string): string[] {
  const reached = new Set([start]);
  for (const file of reached) {
    for (const { target } of pages.get(file)?.links ?? []) {
      if (/^[a-z][a-z+.-]*:/i.test(target)) continue;
      const path = target.split('#', 1)[0]!;
      if (path !== '') reached.add(posix.normalize(posix.join(posix.dirname(file), path)));
    }
  }
  return [...pages.keys()]
    .filter((file) => !reached.has(file))
    .map((file) => `${file} is linked from nowhere`);
}

const PATH = /(?<![\w./-])(?:src|scripts|test|docs|\.ci)\/[\w./~-]*[\w/]/g;

/** Paths of source files that the text names and the repository does not have. A folder may end in a slash. */
export function checkPaths(file: string, text: string, exists: (path: string) => boolean): string[] {
  return text.split('\n').flatMap((line, index) => {
    // Addresses and what follows them in backticks as `src/techniques/`<name>`.ts` are no paths.
    const named = [...line.replaceAll(/https?:\S+/g, '').matchAll(PATH)].map(([path]) => path);
    return named
      .filter((path) => !exists(path.replace(/\/$/, '')))
      .map((path) => `${file}:${index + 1}: there is no ${path} in the repository`);
  });
}
