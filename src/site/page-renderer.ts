import { experimental_AstroContainer as AstroContainer } from 'astro/container';
import { createComponent, renderTemplate, renderToString } from 'astro/runtime/server/index.js';

export type PageComponent = Parameters<AstroContainer['renderToString']>[0];

export interface PageInput {
  readonly params: Readonly<Record<string, string>>;
  readonly props?: Record<string, unknown> | undefined;
}

/** What Astro keeps while it renders a page; it names the type in no file that may be imported. */
type Rendering = Parameters<typeof renderToString>[0];

/** Renders pages, one at a time. */
export type PageRenderer = (component: PageComponent, input: PageInput) => Promise<string>;

/**
 * Astro's container answers requests: a page goes through its router, as a stream of bytes, and the container keeps every page for good. Here it
 * is asked for one component, to have what it renders with; pages are then rendered to strings with that. Of the `Astro` of a component there
 * are `props` and `params`.
 */
export async function createPageRenderer(): Promise<PageRenderer> {
  const rendering = await captureRendering();
  return async (component, { params, props = {} }) => {
    const page = {
      ...rendering,
      params,
      styles: new Set(),
      scripts: new Set(),
      links: new Set(),
      createAstro: (_: unknown, own: unknown) => ({ props: own, params }),
      _metadata: {
        ...rendering._metadata,
        hasRenderedHead: false,
        renderedScripts: new Set(),
        hasDirectives: new Set(),
        extraHead: [],
        propagators: new Set(),
      },
    } as unknown as Rendering;
    const html = await renderToString(page, component, props, {}, true);
    if (typeof html !== 'string') throw new Error('A page answered with a response instead of HTML.');
    return html;
  };
}

async function captureRendering(): Promise<Rendering> {
  let captured: Rendering | undefined;
  const component = createComponent((rendering) => {
    captured = rendering;
    return renderTemplate(Object.assign([''], { raw: [''] }));
  });
  const container = await AstroContainer.create();
  await container.renderToString(component, { partial: false });
  if (!captured) throw new Error('Astro rendered no component.');
  return captured;
}
