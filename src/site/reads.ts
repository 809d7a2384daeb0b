/**
 * What a page is rendered from, recorded while it is rendered: names of what it asked the gallery's data for. A page whose reads all give
 * the same again needs no rendering. Pages of one process are rendered one after the other, so that one record is enough.
 */

let current: Set<string> | undefined;

/** What can be read. */
export const reads = {
  gallery: 'gallery',
  /** All of a report but its text. */
  report: (experiment: string): string => `report ${experiment}`,
  /** Its narratives. */
  text: (experiment: string): string => `text ${experiment}`,
  /** Which experiments are on the same network. */
  network: (experiment: string): string => `network ${experiment}`,
  /** Undefined for other reads. */
  experimentOfNetwork: (read: string): string | undefined => /^network (.*)$/s.exec(read)?.[1],
};

/** Called wherever the gallery's data is asked for; counts for the page that is being rendered, if any. */
export function recordRead(name: string): void {
  current?.add(name);
}

/** @returns the names, sorted, of all that was read while `render` ran */
export async function readsDuring(render: () => Promise<void>): Promise<readonly string[]> {
  if (current) throw new Error('pages are rendered one after the other');
  const names = (current = new Set<string>());
  try {
    await render();
  } finally {
    current = undefined;
  }
  return [...names].sort();
}
