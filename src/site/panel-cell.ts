import type { Panel, View } from '../schema/report.ts';
import { sparkline } from './curve.ts';
import { attributes, html, type Html } from './html.ts';
import { panelHref, type PageContext } from './links.ts';
import { cutStyles, pixelLimit } from './measures.ts';
import { measuredAlt, panelAlt, panelFlags, panelLabel, panelNote } from './panel-words.ts';
import { presentationOf } from './techniques/table.ts';
import { panelAttribute, viewAttribute } from './viewer/attributes.ts';

export interface PanelCell {
  readonly panel: Panel;
  readonly technique: string;
  /** The panel's view, where the panel can be inspected. */
  readonly view?: View | undefined;
  /** It stands in no list of its view. */
  readonly alone?: boolean;
  readonly page: PageContext;
  readonly on: 'layer' | 'filter' | 'image' | 'other';
  /** What to write under the panel instead of its label. */
  readonly label?: string | undefined;
  /** All panels of the grid are of this one's image. */
  readonly sameImage?: boolean;
  /** Shows the image the panel was made from beside it. */
  readonly paired?: boolean;
  /** Where it leads, if not to the closest look at it. */
  readonly href?: string | undefined;
}

/**
 * One panel of a grid with what is written under it, as an `li`. A gallery has hundreds of thousands of them, and a component takes several
 * times as long. A link that leads nowhere is an `a` without `href`.
 */
export function panelCell(cell: PanelCell): Html {
  const { panel, technique, view, alone, page, paired = false } = cell;
  const item = attributes({
    id: page.anchorOf?.(panel),
    'data-of': view && alone ? viewAttribute(page, view) : undefined,
    'data-p': view && panelAttribute(panel),
  });
  const source = paired && panel.image !== undefined ? page.images.get(panel.image) : undefined;
  const link = attributes({ href: cell.href ?? hrefOf(cell), class: source && 'pair' });
  const curve = presentationOf(technique).curve?.(panel);
  const line = curve && curve.length > 1 && sparkline(curve);
  const input =
    source &&
    cutHtml({ class: 'cut' }, { src: page.src(source.src), alt: '', ...sidesOf(source), class: 'whole' });
  return html`<li${item}><a${link}>${input}${picture(cell)}${caption(cell)}</a>${line}</li>`;
}

function picture({ panel, technique, page, on }: PanelCell): Html {
  const cut = cutStyles(panel, pixelLimit(technique));
  // The caption names the filter, the page its layer: a link's name says it once.
  const describe = on === 'layer' && panel.filter !== undefined ? measuredAlt : panelAlt;
  return cutHtml(
    { class: panel.flags?.includes('silent') ? 'cut silent' : 'cut', style: cut.box },
    {
      src: page.src(panel.src),
      alt: describe(panel, technique, page.images),
      ...sidesOf(cut),
      class: cut.classes || undefined,
      style: cut.image,
    },
  );
}

function caption({ panel, technique, page, sameImage = false, label = panel.label }: PanelCell): Html {
  const words = panelLabel(panel, label, page.images, { withoutImage: sameImage });
  const flags = panelFlags(panel, technique);
  const marks = flags.map(
    ({ flag, meaning }) => html`<span class="flag" title="${meaning}">${flag} · </span>`,
  );
  const small = attributes({ class: flags.length > 0 ? 'flagged' : undefined });
  return html`<span class="caption">${words}<small${small}>${marks}${panelNote(panel, technique)}</small></span>`;
}

type Attributes = Parameters<typeof attributes>[0];

const cutHtml = (box: Attributes, image: Attributes): Html =>
  html`<span${attributes(box)}><img${attributes(image)} loading="lazy"></span>`;

const sidesOf = ({ width, height }: { readonly width: number; readonly height: number }) => ({
  width,
  height,
});

/** The technique's own section of the image's page, where that is where the panel stands. */
function hrefOf({ panel, technique, page, on }: PanelCell): string | undefined {
  const own =
    on === 'layer' && panel.filter === undefined ? presentationOf(technique).imageSection : undefined;
  return own && panel.image !== undefined ? page.place(panel.image, own.id) : panelHref(panel, page, on);
}
