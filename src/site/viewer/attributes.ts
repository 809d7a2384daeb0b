import type { Panel, View } from '../../schema/report.ts';
import type { PageContext } from '../links.ts';
import { slug } from '../routes.ts';
import { formatReference } from './reference.ts';

/** What tells the viewer which panels a page shows: `data-of` of their list names the view, `data-p` of each the panel. */

export function viewAttribute(
  { experiment }: Pick<PageContext, 'experiment'>,
  view: Pick<View, 'id'>,
): string {
  return `${experiment}/views/${slug(view.id)}`;
}

/** Of panels that differ in their filter alone: a star stands for it. */
export const denseReference = (layer: string, image: string | undefined): string =>
  [slug(layer), '*', ...(image === undefined ? [] : [slug(image)])].join('/');

export function panelAttribute({ layer, filter, image }: Pick<Panel, 'layer' | 'filter' | 'image'>): string {
  const reference = formatReference({
    ...{ experiment: '', kind: 'layers' },
    ...(layer === undefined ? {} : { layer: slug(layer) }),
    ...(filter === undefined ? {} : { filter }),
    ...(image === undefined ? {} : { image: slug(image) }),
  });
  return reference.slice('/layers/'.length);
}
