import { formatQuery } from './reference.ts';

/** The state of a page in its address. Other parts of the address stay. */

export type Entry = readonly [name: string, value: string | undefined];

export const queryOf = (): URLSearchParams => new URLSearchParams(location.search);

/**
 * Writes entries of the query, or takes them out where they are undefined.
 * @param step whether Back leads to the address before
 */
export function writeQuery(entries: readonly Entry[], step = false): void {
  const names = new Set(entries.map(([name]) => name));
  const others = [...queryOf()].filter(([name]) => !names.has(name));
  const address = location.pathname + formatQuery([...others, ...entries]) + location.hash;
  try {
    if (step) history.pushState({ filterscope: true }, '', address);
    else history.replaceState(history.state, '', address);
  } catch {
    // Some browsers keep pages from disk from it.
  }
}

/** Whether Back leads to the page as it was before `writeQuery` made a step. */
export const isStep = (): boolean =>
  (history.state as { filterscope?: boolean } | null)?.filterscope === true;
