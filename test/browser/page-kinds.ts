import { listFolder } from '../../src/store/store.ts';

export interface PageOfKind {
  /** The page's address without what names a layer, a unit, an image, …: `cat/layers/*`. */
  readonly kind: string;
  /** From the gallery's folder. */
  readonly path: string;
  readonly bytes: number;
}

const KINDS = new Set(['layers', 'images', 'views', 'chapters']);

/** Of every kind of page in every report of a gallery the one with the most HTML. */
export async function largestPages(dist: string): Promise<PageOfKind[]> {
  const largest = new Map<string, PageOfKind>();
  for (const { path, size: bytes } of await listFolder(dist)) {
    if (!path.endsWith('.html')) continue;
    const kind = kindOf(path);
    if (bytes > (largest.get(kind)?.bytes ?? -1)) largest.set(kind, { kind, path, bytes });
  }
  return [...largest.values()].sort((one, other) => (one.kind < other.kind ? -1 : 1));
}

export function kindOf(path: string): string {
  const folders = path.split('/').slice(0, -1);
  const from = folders.findIndex((folder) => KINDS.has(folder));
  return folders.map((folder, index) => (from >= 0 && index > from ? '*' : folder)).join('/') || path;
}
