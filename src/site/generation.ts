/**
 * How often the data folder has changed while this process ran: raised by the dev server, watched by the pages, which are compiled to a
 * module of their own. The two share nothing but the process.
 */
const KEY = Symbol.for('filterscope.site.generation');
const shared = globalThis as { [KEY]?: number };

export const generation = (): number => shared[KEY] ?? 0;

export function nextGeneration(): void {
  shared[KEY] = generation() + 1;
}
