import type { SiteData } from './data.ts';
import { srcHref, type PagePath } from './routes.ts';

export interface PageCover {
  /** Absolute where the gallery's address is known, as readers of the tag require; else relative to the page. */
  readonly src: string;
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly alt: string;
}

/**
 * The preview of a page: its report's, and the first report's on pages that are of none. Undefined where there is no such report, or it was
 * built without one.
 * @param url of the gallery
 */
export async function coverOfPage(
  data: SiteData,
  path: PagePath,
  experiment: string | undefined,
  url: string | undefined,
): Promise<PageCover | undefined> {
  const id = experiment ?? (await firstReady(data));
  if (id === undefined) return undefined;
  const { experiment: about, model } = await data.report(id);
  if (!about.cover) return undefined;
  const { src, width, height } = about.cover;
  return {
    src: url === undefined ? srcHref(path, id, src) : new URL(srcHref([], id, src), url).href,
    type: src.endsWith('.png') ? 'image/png' : 'image/webp',
    ...{ width, height },
    alt: `Preview of the report “${about.title}”${model.format === 'inline' ? '' : ` on the network ${model.name}`}`,
  };
}

async function firstReady(data: SiteData): Promise<string | undefined> {
  const { experiments } = await data.gallery();
  return experiments.find(({ status }) => status === 'ready')?.id;
}
