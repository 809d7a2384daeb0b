/**
 * What a page is rendered from, recorded while it is rendered: names of what it asked the gallery's data for. A page whose reads all give
 * the same again needs no rendering. Pages of one process are rendered one after the other, so that one record is enough.
 */

let current: Set<string> | undefined;

/** What can be read. */
export const reads = {
  gallery: 'gallery',
  /** All of a report but the parts below. */
  report: (experiment: string): string => `report ${experiment}`,
  /** Its narratives. */
  text: (experiment: string): string => `text ${experiment}`,
  /** The text of its file. */
  source: (experiment: string): string => `source ${experiment}`,
  /** What recipes take of that text. */
  recipe: (experiment: string): string => `recipe ${experiment}`,
  /** The title of a view. */
  title: (experiment: string, view: string): string => `title ${experiment} ${view}`,
  /** Its figure. */
  picture: (experiment: string, view: string): string => `picture ${experiment} ${view}`,
  /** Which experiments are on the same network. */
  network: (experiment: string): string => `network ${experiment}`,
};

/** Called wherever the gallery's data is asked for; counts for the page that is being rendered, if any. */
export function recordRead(name: string): void {
  current?.add(name);
}

/** What is read by `read` does not count; its caller records it by another name. */
export function unrecorded<T>(read: () => T): T {
  const recording = current;
  current = undefined;
  try {
    return read();
  } finally {
    current = recording;
  }
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
